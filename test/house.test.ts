import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'

/** The house rules of ARCHITECTURE.md, read off the sources: which room may look into which, and who may read a clock. */

// What a room may import beside itself and the shared files that lie directly in src/ (never main or app).
// 'effects/wake' is a room of its own: everybody may wake, nobody else may decide.
const ROOMS: Record<string, string[]> = {
  playbook: [],
  words: ['playbook'],
  vendors: [],
  database: [],
  'effects/wake': ['database'],
  // Reads what a subject is; decides nothing, so whoever shows the plan may ask.
  'effects/load-facts': ['database', 'playbook', 'people'],
  people: ['effects/wake', 'database', 'playbook', 'words', 'vendors'],
  calendar: ['people', 'effects/wake', 'database', 'playbook', 'vendors'],
  meetings: ['people', 'effects/wake', 'database', 'playbook', 'vendors'],
  // A button on a card of ops does what the page would: it releases a booking or judges attendance.
  messages: ['booking', 'sessions', 'people', 'effects/wake', 'database', 'playbook', 'words', 'vendors'],
  sessions: ['meetings', 'calendar', 'people', 'effects/load-facts', 'effects/wake', 'database', 'playbook', 'words'],
  booking: [
    'sessions',
    'meetings',
    'calendar',
    'people',
    'effects/load-facts',
    'effects/wake',
    'database',
    'playbook',
    'words',
  ],
  effects: [
    'calendar',
    'meetings',
    'people',
    'effects/load-facts',
    'effects/wake',
    'database',
    'playbook',
    'words',
    'vendors',
  ],
}

// These stand above the rooms and see all of them; what they may not see is in the tests below.
const ABOVE = ['main', 'app', 'commands', 'operations', 'pages', 'sandbox']

const PURE = ['playbook', 'words']
// Packages that only compute.
const PURE_PACKAGES = ['zod', 'intl-messageformat', 'ical-generator', 'libphonenumber-js']
// Links only sign: a card's buttons carry their own proof.
const PURE_SHARED = ['cut', 'errors', 'interval', 'links']
const VENDOR_SHARED = ['clock', 'config', 'errors', 'interval']

const CLOCKLESS = ['playbook', 'words', 'booking', 'sessions', 'effects']

type Import = { from: string; line: string; to: string; kind: 'value' | 'type' | 'dynamic' }

const ROOT = join(import.meta.dirname, '..')
const sources = globSync('src/**/*.ts', { cwd: ROOT })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
const imports = sources.flatMap(({ file, text }) => importsOf(file, text))

test('each room imports only the rooms it may know', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [own, other] = [roomOf(from), roomOf(to)]
    if (own === other || !(own in ROOMS) || !isOurs(to) || isShared(to)) return false
    return (
      !ROOMS[own]?.includes(other) && !(own.startsWith('effects') && other.startsWith('effects') && own === 'effects')
    )
  })
  expect(wrong.map(said)).toEqual([])
})

test('the permitted arrows form no circle', () => {
  const arrows = Object.entries(ROOMS).flatMap(([from, rooms]) => rooms.map((to) => [from, to] as const))
  expect(circleIn(arrows)).toEqual([])
})

test('no files load each other in a circle', () => {
  const arrows = imports
    .filter(({ kind, to }) => kind === 'value' && isOurs(to))
    .map(({ from, to }) => [from, to] as const)
  expect(circleIn(arrows)).toEqual([])
})

test('the playbook and the words do no input or output', () => {
  const wrong = imports.filter(({ from, to }) => {
    if (!PURE.includes(roomOf(from))) return false
    if (!isOurs(to)) return !PURE_PACKAGES.includes(packageOf(to))
    return !PURE.includes(roomOf(to)) && !PURE_SHARED.includes(roomOf(to))
  })
  expect(wrong.map(said)).toEqual([])
})

test('the vendors know no rule of ours', () => {
  const wrong = imports.filter(
    ({ from, to }) => roomOf(from) === 'vendors' && isShared(to) && !VENDOR_SHARED.includes(roomOf(to)),
  )
  expect(wrong.map(said)).toEqual([])
})

test('the shared files stand below the rooms: they take types from them, never code', () => {
  const wrong = imports.filter(
    ({ from, to, kind }) =>
      isShared(from) && kind !== 'type' && isOurs(to) && !isShared(to) && roomOf(to) !== 'database',
  )
  expect(wrong.map(said)).toEqual([])
})

test('nobody imports main, and nobody but main imports app', () => {
  const wrong = imports.filter(({ from, to, kind }) => {
    if (kind === 'type' && roomOf(from) === 'commands') return false
    return to === 'src/main.ts' || (to === 'src/app.ts' && from !== 'src/main.ts')
  })
  expect(wrong.map(said)).toEqual([])
})

test('only main loads the sandbox, and only when it is wanted', () => {
  const wrong = imports.filter(({ from, to, kind }) => {
    if (roomOf(to) !== 'sandbox' || roomOf(from) === 'sandbox') return false
    return from !== 'src/main.ts' || kind === 'value'
  })
  expect(wrong.map(said)).toEqual([])
})

test('the app in the browser knows the server by its types alone', () => {
  const wrong = globSync('web/**/*.{ts,tsx}', { cwd: ROOT, exclude: ['web/dist*/**'] })
    .map((file) => file.replaceAll('\\', '/'))
    .flatMap((file) => importsOf(file, readFileSync(join(ROOT, file), 'utf8')))
    .filter(({ to, kind }) => isOurs(to) && kind !== 'type' && to !== 'src/pages/tokens.css')
  expect(wrong.map(said)).toEqual([])
})

test('where time matters to people it is an argument, also in SQL', () => {
  const reads =
    /Temporal\.Now|Date\.now\(|new Date\(\)|(?<![.\w#])now\(\)(?!:)|\b(current_timestamp|current_date|localtimestamp|(clock|statement|transaction)_timestamp\(\))/i
  const wrong = sources
    .filter(({ file }) => CLOCKLESS.includes(roomOf(file).split('/')[0] ?? ''))
    .flatMap(({ file, text }) =>
      linesOf(text).flatMap((line, index) => (reads.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
    )
  expect(wrong).toEqual([])
})

test('who handles a request reads the clock once and hands the time on', () => {
  const RULES = ['booking', 'sessions', 'people', 'messages', 'meetings', 'calendar', 'operations']
  // Counts by either clock; and what a vendor answered is noted at the time of the answer, not of the question.
  const KNOWN = ['src/people/rate-limits.ts', 'src/calendar/connect.ts', 'src/calendar/credential.ts']
  const wrong = sources
    .filter(
      ({ file }) => RULES.includes(file.split('/')[1] ?? '') && !/routes?\.ts$/.test(file) && !KNOWN.includes(file),
    )
    .filter(({ text }) => /clock\.now\(\)/.test(text))
    .map(({ file }) => file)
  expect(wrong).toEqual([])
})

test('no table fills in a time by itself', () => {
  const wrong = globSync('migrations/*.sql', { cwd: ROOT }).flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        /default\s+(now\(\)|current_|\w+_timestamp)/i.test(line) ? [`${file}:${index + 1}`] : [],
      ),
  )
  expect(wrong).toEqual([])
})

test('no drawer is called utils, helpers, common, types, manager, handler or process', () => {
  const drawer = /(^|[/.-])(utils?|helpers?|common|types|managers?|handlers?|process)(\.ts$|\/|$)/
  expect(sources.map(({ file }) => file).filter((file) => drawer.test(file))).toEqual([])
})

test('every room is named in these rules', () => {
  const rooms = new Set(sources.map(({ file }) => roomOf(file)).filter((room) => !isShared(`src/${room}.ts`)))
  expect([...rooms].filter((room) => !(room in ROOMS) && !ABOVE.includes(room))).toEqual([])
})

// --- reading

function importsOf(file: string, text: string): Import[] {
  const statement = /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;()]*?\sfrom\s+)?'([^']+)'/gm
  const dynamic = /(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)/g
  return [
    ...[...text.matchAll(statement)].map((found) => oneImport(file, found, found[1] ? 'type' : 'value')),
    ...[...text.matchAll(dynamic)].map((found) => oneImport(file, found, found[1] ? 'type' : 'dynamic')),
  ]
}

function oneImport(from: string, [line, , name = '']: RegExpMatchArray, kind: Import['kind']): Import {
  const to = name.startsWith('.') ? posix.join(posix.dirname(from), name) : name
  return { from, line: line.trim().replaceAll(/\s+/g, ' '), to, kind }
}

const isOurs = (path: string) => path.startsWith('src/')

function isShared(path: string): boolean {
  return /^src\/[^/]+\.ts$/.test(path) && !['src/main.ts', 'src/app.ts'].includes(path)
}

/** `src/effects/wake.ts` -> 'effects/wake', `src/effects/x/y.ts` -> 'effects', `src/clock.ts` -> 'clock'. */
function roomOf(path: string): string {
  const [, room = '', file = ''] = path.replace(/\.ts$/, '').split('/')
  if (room === 'effects' && file === 'facts') return 'effects/load-facts'
  return `${room}/${file}` in ROOMS ? `${room}/${file}` : room
}

const packageOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')

const said = ({ from, line }: Import) => `${from}: ${line}`

// A comment may speak of now() as it likes.
const linesOf = (text: string) =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/.*$/, ''))

/** The first circle found, its first station repeated at the end; empty when there is none. */
function circleIn(arrows: (readonly [string, string])[]): string[] {
  const next = Map.groupBy(arrows, ([from]) => from)
  const done = new Set<string>()
  const visit = (station: string, path: string[]): string[] => {
    if (path.includes(station)) return [...path.slice(path.indexOf(station)), station]
    if (done.has(station)) return []
    for (const [, to] of next.get(station) ?? []) {
      const circle = visit(to, [...path, station])
      if (circle.length > 0) return circle
    }
    done.add(station)
    return []
  }
  for (const station of next.keys()) {
    const circle = visit(station, [])
    if (circle.length > 0) return circle
  }
  return []
}
