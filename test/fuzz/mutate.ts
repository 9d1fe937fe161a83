import { type Dice, pick, text, value } from './values.ts'

/** A request as it goes out: what is printed when it finds something, and enough to send it again. */
export type Shot = { method: string; path: string; headers: Record<string, string>; body?: string | Buffer }
/** A request before its body is written down. */
export type Plan = {
  method: string
  path: string
  headers: Record<string, string>
  body?: unknown
  form?: Record<string, string>
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'QUERY']
const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'application/merge-patch+json',
  'text/plain',
  'text/html',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'json',
  '',
  ';;;',
  'application/json;'.repeat(50),
]
const NAMES = [
  'if-match',
  'if-none-match',
  'idempotency-key',
  'accept',
  'accept-language',
  'accept-encoding',
  'cookie',
  'authorization',
  'origin',
  'sec-fetch-site',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-http-method-override',
  'range',
  'referer',
  'user-agent',
  'x-request-id',
  'content-encoding',
  'last-event-id',
  'x-zm-signature',
  'x-hub-signature-256',
  'x-slack-signature',
  'x-goog-channel-id',
  'x-goog-channel-token',
  'prefer',
  'expect',
  'forwarded',
]
const HEADERS = [
  '',
  '*',
  '"1"',
  'W/"1"',
  '"999999999999999999999"',
  '1',
  '-1',
  'null',
  'Bearer',
  'Bearer x',
  'Bearer pct_xxxxxxxxxxxx',
  'Basic YTpi',
  'https://evil.example',
  'null, null',
  'same-origin',
  'cross-site',
  'text/event-stream',
  'punctual_session=',
  'punctual_session=x; punctual_session=y',
  'punctual_asked=%00',
  ';;;=;',
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(7_000),
  'bytes=0-',
  'xx-YY-zz;q=9',
  'en;q=0.000000001',
  '::1, 1.2.3.4, unknown',
  '1'.repeat(100),
  '\xff\xfe\x80',
]

/** One way in which a request can be other than meant. Changes `plan`. */
const CHANGES: ((plan: Plan, dice: Dice, ids: readonly string[]) => void)[] = [
  (plan, dice, ids) => {
    plan.body = inside(plan.body, dice, () => value(dice, ids))
  },
  (plan, dice, ids) => {
    plan.body = inside(plan.body, dice, () => text(dice, ids))
  },
  (plan, dice, ids) => {
    if (isRecord(plan.body))
      plan.body = {
        ...plan.body,
        [pick(dice, ['id', 'role', 'x', 'accountId', '', '0', 'then', 'toJSON', 'length'])]: value(dice, ids),
      }
  },
  (plan, dice) => {
    if (isRecord(plan.body)) plan.body = Object.fromEntries(Object.entries(plan.body).filter(() => dice() < 0.7))
  },
  (plan, dice, ids) => {
    plan.body = pick(dice, [[plan.body], { body: plan.body }, value(dice, ids), [], {}, null, 'x'])
  },
  (plan, dice, ids) => {
    const names = Object.keys(plan.form ?? {})
    if (plan.form && names.length > 0) plan.form = { ...plan.form, [pick(dice, names)]: text(dice, ids) }
  },
  (plan, dice, ids) => {
    if (plan.form) plan.form = { ...plan.form, [pick(dice, FIELDS)]: text(dice, ids) }
  },
  (plan, dice, ids) => {
    plan.headers[pick(dice, NAMES)] = dice() < 0.8 ? pick(dice, HEADERS) : text(dice, ids)
  },
  (plan, dice) => {
    plan.headers['content-type'] = pick(dice, TYPES)
  },
  (plan, dice) => {
    plan.method = pick(dice, METHODS)
  },
  (plan, dice, ids) => {
    const [path = '', query] = plan.path.split('?')
    const parts = path.split('/')
    const at = 1 + Math.floor(dice() * (parts.length - 1))
    parts[at] = dice() < 0.5 ? pick(dice, ids) : encoded(text(dice, ids).slice(0, 2_000))
    plan.path = parts.join('/') + (query === undefined ? '' : `?${query}`)
  },
  (plan, dice, ids) => {
    const [path = '', query = ''] = plan.path.split('?')
    const pairs = query.split('&').filter(Boolean)
    const name = pairs.length > 0 && dice() < 0.7 ? (pick(dice, pairs).split('=')[0] as string) : pick(dice, PARAMETERS)
    const others = dice() < 0.8 ? pairs.filter((pair) => !pair.startsWith(`${name}=`)) : pairs
    plan.path = `${path}?${[...others, `${name}=${encoded(text(dice, ids).slice(0, 2_000))}`].join('&')}`
  },
  (plan, dice) => {
    plan.path += pick(dice, [
      '/',
      '//',
      '/.',
      '/..',
      '/%2e%2e/',
      '%',
      '%zz',
      '%ff',
      '%00',
      ';x=y',
      '?',
      '?&&&',
      '?a[b][c]=1',
      '#x',
      '\\',
      '/*',
      ' ',
      '?limit=1&limit=2',
      '?__proto__=1',
      `?x=${'y'.repeat(4_000)}`,
    ])
  },
]
const PARAMETERS = [
  'limit',
  'cursor',
  'from',
  'to',
  'explain',
  'menteeId',
  'mentorId',
  'mentorshipId',
  'personId',
  'search',
  'email',
  'role',
  'vendor',
  'state',
  'week',
  'said',
  'status',
  'channel',
  'date',
  'zone',
  'filter',
  'with',
  'google',
  'sessionId',
  'programmeId',
]
const FIELDS = [
  'answer',
  'do',
  'mark',
  'reason',
  'revision',
  'startsAt',
  'name',
  'phone',
  'timeZone',
  'locale',
  'quietFrom',
  'quietTo',
  'whatsapp',
  'consent',
  'version',
  'day1',
  'day7',
  'date0',
  'windows0',
  'away0',
  'back0',
  'why0',
  'sessionMinutes',
  'horizonDays',
  'noticeHours',
  'maxPerDay',
  'personId',
  'verdict',
  'with',
  'everywhere',
  'address',
  'code',
  '__proto__',
]

export function mutate(plan: Plan, dice: Dice, ids: readonly string[]): Shot {
  for (let left = Math.floor(dice() * 4); left > 0; left -= 1) pick(dice, CHANGES)(plan, dice, ids)
  const { method, path, headers, form } = plan
  if (method === 'GET' || method === 'HEAD') return { method, path, headers }
  if (form) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded'
    const once = new URLSearchParams(Object.entries(form).map(([name, said]) => [name, said.toWellFormed()])).toString()
    return { method, path, headers, body: dice() < 0.05 ? `${once}&${once}` : once }
  }
  if (plan.body === undefined) return { method, path, headers }
  headers['content-type'] ??= 'application/json'
  return { method, path, headers, body: spoilt(JSON.stringify(plan.body) ?? '', dice) }
}

/** One body in eight is no longer the JSON it was. */
function spoilt(json: string, dice: Dice): string | Buffer {
  if (dice() > 0.125) return json
  const at = Math.floor(dice() * json.length)
  return pick<() => string | Buffer>(dice, [
    () => json.slice(0, at),
    () => json.slice(0, at) + String.fromCharCode(Math.floor(dice() * 256)) + json.slice(at + 1),
    () => `\ufeff${json}`,
    () => `${json}${json}`,
    () => `${json},`,
    () => json.replaceAll('"', "'"),
    () => json.replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{"ops":true}},'),
    () => json.replace('{', '{"a":1,"a":2,'),
    () => json.replace(/"(\w+)":/, '"$1":null,"$1":'),
    () => json.replace(/\d+/, '9'.repeat(400)),
    () => json.replace(/"[^"]*"/, '"\\ud800\\u0000"'),
    () => '['.repeat(20_000),
    () => `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    () => `[${'0,'.repeat(50_000)}0]`,
    () => Buffer.from(json, 'utf16le'),
    () => Buffer.from([0xff, 0xfe, ...Buffer.from(json)]),
    () => '',
    () => ' \n\t',
    () => 'NaN',
    () => '"text"',
    () => `/* */${json}`,
  ])()
}

/** `replacement` somewhere in a copy of the tree. */
function inside(tree: unknown, dice: Dice, replacement: () => unknown): unknown {
  if (Array.isArray(tree) && tree.length > 0 && dice() < 0.85) {
    const at = Math.floor(dice() * tree.length)
    return tree.map((item, index) => (index === at ? inside(item, dice, replacement) : item))
  }
  if (isRecord(tree) && Object.keys(tree).length > 0 && dice() < 0.95) {
    const name = pick(dice, Object.keys(tree))
    return { ...tree, [name]: inside(tree[name], dice, replacement) }
  }
  return replacement()
}

const encoded = (said: string): string => encodeURIComponent(said.toWellFormed())
const isRecord = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
