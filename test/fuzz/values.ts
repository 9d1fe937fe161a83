/** Values that break what was written for ordinary ones. `dice` answers numbers in [0, 1); `ids` are ids of every kind there is. */

export type Dice = () => number
export const pick = <T>(dice: Dice, from: readonly T[]): T => from[Math.floor(dice() * from.length)] as T

const NUL = '\0'
const STRINGS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'undefined',
  'NaN',
  'true',
  '[]',
  '{}',
  '__proto__',
  'constructor',
  'toString',
  `a${NUL}b`,
  '\ud800',
  'x\udfff',
  '\u202eevil\u202c',
  '\u200b\u200d\ufeff',
  'e\u0301'.repeat(200),
  `Z${'\u0300'.repeat(500)}`,
  '👩‍👩‍👧‍👦'.repeat(50),
  'ﷺ'.repeat(100),
  'ß İ ı ﬀ',
  '日本語',
  "' or 1=1--",
  '"; drop table account;--',
  '\\',
  '%',
  '%%%_',
  '%00',
  '%c0%af',
  '../../../../etc/passwd',
  '..\\..\\windows',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of other languages
  '${7*7}{{7*7}}<%= 7*7 %>#{7*7}',
  '{name, select, a{b}',
  "{{{{''",
  '<script>alert(1)</script>',
  'a\r\nSet-Cookie: x=1',
  "=cmd|'/c calc'!A1",
  'a@b',
  'a@b.example',
  'A@B.EXAMPLE',
  '"a b"@c.example',
  'a@[127.0.0.1]',
  `${'a'.repeat(64)}@${'b'.repeat(63)}.example`,
  '+14155550123',
  '+1',
  '٠١٢٣٤٥',
  'x'.repeat(199),
  'x'.repeat(2_001),
  'x'.repeat(70_000),
]
const TIMES = [
  '2026-03-12T14:00:00Z',
  '2026-03-29T02:30:00+01:00',
  '2026-03-12T14:00:60Z',
  '2026-03-12T24:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-03-12T14:00:00',
  '2026-03-12',
  '2026-03-12T14:00:00.123456789Z',
  '2026-03-12T14:00:00+25:00',
  '2026-03-12T14:00:00Z[Europe/Paris]',
  '2026-W11-4',
  '0000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '1999-12-31T23:59:59Z',
  '2199-12-31T23:59:59Z',
  '2200-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '+275760-09-13T00:00:00.000000001Z',
  '24:00',
  '25:61',
  '00:00',
  '09:00-12:00',
  '23:59-00:01',
  'P1D',
  'PT999999999H',
]
const ZONES = [
  'UTC',
  'Asia/Kolkata',
  'Europe/Atlantis',
  '+01:00',
  'Etc/GMT+14',
  'GMT0',
  'asia/kolkata',
  'EST5EDT',
  'America/New_York\0',
  'Europe/Lissabon',
  'localtime',
  'posixrules',
  'Factory',
]
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e-9,
  31,
  32_768,
  65_536,
  2 ** 31,
  2 ** 31 - 1,
  -(2 ** 31) - 1,
  2 ** 53,
  1e19,
  1e308,
  -1e308,
  500,
  501,
  1_000_000,
]
const IDS = [
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '0198c0de-0000-7000-8000-00000000000',
  '{0198c0de-0000-7000-8000-000000000001}',
  'urn:uuid:0198c0de-0000-7000-8000-000000000001',
]

export function text(dice: Dice, ids: readonly string[]): string {
  const roll = dice()
  if (roll < 0.3) return pick(dice, STRINGS)
  if (roll < 0.5) return pick(dice, TIMES)
  if (roll < 0.6) return pick(dice, ZONES)
  if (roll < 0.75) return pick(dice, ids)
  if (roll < 0.8) return pick(dice, IDS)
  if (roll < 0.87) return String(pick(dice, NUMBERS))
  return Array.from({ length: Math.floor(dice() * 20) }, () => String.fromCodePoint(Math.floor(dice() * 0xd7ff))).join(
    '',
  )
}

export function value(dice: Dice, ids: readonly string[], depth = 0): unknown {
  const roll = dice()
  if (roll < 0.5) return text(dice, ids)
  if (roll < 0.7) return pick(dice, NUMBERS)
  if (roll < 0.8) return pick(dice, [null, true, false])
  if (roll < 0.84) return nested(Math.floor(dice() * 200))
  if (roll < 0.86) return Array(Math.floor(dice() * 3_000)).fill(pick(dice, ids))
  const size = depth > 3 ? 0 : Math.floor(dice() * 4)
  if (roll < 0.93) return Array.from({ length: size }, () => value(dice, ids, depth + 1))
  return Object.fromEntries(
    Array.from({ length: size }, () => [text(dice, ids).slice(0, 50), value(dice, ids, depth + 1)]),
  )
}

function nested(depth: number): unknown {
  let inside: unknown = 0
  for (let i = 0; i < depth; i += 1) inside = i % 2 ? [inside] : { a: inside }
  return inside
}
