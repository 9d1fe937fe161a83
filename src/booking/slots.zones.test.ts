import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BlockReason, type CalendarConfig, calendarConfig, type SlotsQuestion } from './availability.ts'
import { slots } from './slots.ts'
import { explain, offeredAt } from './slots-explained.ts'

// The product counts with a table of offsets and integers. Here the same rules are written once more, slowly and with nothing
// but Temporal, and the two have to agree slot by slot in every zone around every clock change of three years.

const ALIASES = ['Asia/Calcutta', 'US/Pacific', 'GMT', 'Etc/GMT+12', 'Europe/Kiev', 'america/new_york']
const ZONES = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', ...ALIASES])]
const FIRST = Temporal.Instant.from('2026-01-01T00:00:00Z')
const LAST = Temporal.Instant.from('2029-01-01T00:00:00Z')
const CHANGES = ZONES.flatMap((zone) => changes(zone).map((at) => ({ zone, at })))
const QUIET = ZONES.filter((zone) => changes(zone).length === 0).map((zone) => ({
  zone,
  at: LAST.subtract({ hours: 9000 }),
}))

describe('in every zone, around every clock change of 2026 to 2028', () => {
  test('the zones and their changes are really there, the half hour of Lord Howe too', () => {
    expect(ZONES.length).toBeGreaterThan(400)
    expect(CHANGES.length).toBeGreaterThan(500)
    expect(CHANGES.filter(({ zone }) => zone === 'Australia/Lord_Howe')).toHaveLength(6)
  })

  test('a mentor who opens nights across midnight offers exactly the slots that plain Temporal finds', () => {
    for (const place of [...CHANGES, ...QUIET]) {
      const { zone, at } = place
      const date = at.toZonedDateTimeISO(zone).toPlainDate()
      const config = calendarConfig.parse({
        timeZone: zone,
        weekly: [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) => [
          { weekday, from: '21:40', to: '24:00' },
          { weekday, from: '00:00', to: '04:20' },
        ]),
        overrides: [{ date: date.subtract({ days: 1 }).toString(), windows: [{ from: '22:10', to: '02:30' }] }],
        sessionMinutes: 45,
        stepMinutes: 30,
        minimumNoticeMinutes: 0,
      })
      agrees({
        config,
        from: at.subtract({ hours: 30 }),
        to: at.add({ hours: 30 }),
        now: at.subtract({ hours: 48 }),
        busy: [],
      })
    }
  })

  test('whatever the hours, busy times and rules, slots and explanations are those of plain Temporal', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHANGES), shape, ({ zone, at }, shape) => {
        // Hours without any break have no first moment to look back to; slots.test.ts has them.
        fc.pre(new Set(shape.config.weekly.map(({ weekday }) => weekday)).size < 7)
        const date = at.toZonedDateTimeISO(zone).toPlainDate()
        const near = (minutes: number) => at.add({ minutes })
        const config = calendarConfig.parse({
          ...shape.config,
          timeZone: zone,
          overrides: shape.overrides.map(({ days, windows }) => ({ date: date.add({ days }).toString(), windows })),
          absences: shape.absences.map(({ start, minutes }) => ({
            startsAt: near(start).toString(),
            endsAt: near(start + minutes).toString(),
          })),
        })
        agrees({
          config,
          from: near(shape.from),
          to: near(shape.from + shape.length),
          now: near(shape.now),
          busy: shape.busy.map(({ start, minutes, cause }) => ({
            start: near(start).epochMilliseconds,
            end: near(start + minutes).epochMilliseconds,
            cause,
          })),
          closedDays: shape.closed.map((days) => date.add({ days }).toString()),
          counted: shape.counted.map((minutes) => near(minutes).epochMilliseconds),
        })
      }),
      { numRuns: 1000, seed: 20260308 },
    )
  })
})

const clock = fc
  .integer({ min: 0, max: 287 })
  .map((five) => `${String(Math.floor(five / 12)).padStart(2, '0')}:${String((five % 12) * 5).padStart(2, '0')}`)
const window = fc.record({ from: clock, to: fc.oneof(clock, fc.constant('24:00')) })
const minutes = fc.integer({ min: -72 * 12, max: 72 * 12 }).map((five) => five * 5)
const lasting = fc.integer({ min: 0, max: 60 }).map((five) => five * 5)
const shape = fc.record({
  config: fc.record(
    {
      weekly: fc.array(fc.record({ weekday: fc.integer({ min: 1, max: 7 }), from: clock, to: clock }), {
        maxLength: 9,
      }),
      sessionMinutes: fc.constantFrom(20, 30, 45, 60, 90),
      stepMinutes: fc.constantFrom(15, 25, 60, 75),
      bufferBeforeMinutes: fc.constantFrom(0, 10),
      bufferAfterMinutes: fc.constantFrom(0, 5, 15),
      minimumNoticeMinutes: fc.constantFrom(0, 60, 720),
      horizonDays: fc.constantFrom(1, 3, 30),
      maxPerDay: fc.integer({ min: 1, max: 3 }),
      maxPerWeek: fc.integer({ min: 1, max: 5 }),
    },
    { requiredKeys: ['weekly', 'sessionMinutes'] },
  ),
  overrides: fc.uniqueArray(
    fc.record({ days: fc.integer({ min: -3, max: 3 }), windows: fc.array(window, { maxLength: 3 }) }),
    {
      maxLength: 4,
      selector: ({ days }) => days,
    },
  ),
  absences: fc.array(fc.record({ start: minutes, minutes: lasting.map((long) => long + 5) }), { maxLength: 2 }),
  busy: fc.array(
    fc.record({
      start: minutes,
      minutes: lasting,
      cause: fc.constantFrom(
        'booking' as const,
        'session' as const,
        'hold' as const,
        'calendar' as const,
        'host' as const,
        'mentee' as const,
      ),
    }),
    { maxLength: 8 },
  ),
  closed: fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 1 }),
  counted: fc.array(minutes, { maxLength: 6 }),
  from: minutes,
  length: fc.integer({ min: 1, max: 4 * 1440 }),
  now: fc.integer({ min: -5 * 1440, max: 1440 }),
})

function agrees(question: SlotsQuestion) {
  const starts = startsByTemporal(question)
  const free = starts.filter(({ reasons }) => reasons.length === 0).map(({ at }) => at.epochMilliseconds)
  const session = question.config.sessionMinutes * 60_000
  const where = question.config.timeZone

  expect(slots(question), where).toEqual(free.map((startsAt) => ({ startsAt, endsAt: startsAt + session })))

  const explained = explain(question)
  expect(explained.slots, where).toEqual(slots(question))
  const reasonsOf = new Map(explained.blocked.map(({ startsAt, reasons }) => [startsAt, [...reasons].sort()]))
  for (const { at, reasons } of starts) {
    if (reasons.length > 0) expect(reasonsOf.get(at.epochMilliseconds), `${where} ${at}`).toEqual([...reasons].sort())
    const rules = reasons.filter((reason) => RULES.has(reason))
    expect(offeredAt(question, at).sort(), `${where} ${at}`).toEqual(rules.sort())
  }
  leavesNothingUnsaid(question, explained)
}

const RULES = new Set<BlockReason>(['past', 'notice', 'horizon', 'cap', 'closed_day', 'absence'])

function leavesNothingUnsaid({ from, to }: SlotsQuestion, { slots, blocked }: ReturnType<typeof explain>) {
  let saidUntil = from.epochMilliseconds
  for (const { startsAt, endsAt } of [...slots, ...blocked].sort((a, b) => a.startsAt - b.startsAt)) {
    if (startsAt > saidUntil) throw new Error(`Nothing is said of ${new Date(saidUntil).toISOString()}`)
    saidUntil = Math.max(saidUntil, endsAt)
  }
  expect(saidUntil).toBeGreaterThanOrEqual(to.epochMilliseconds)
}

function changes(zone: string): Temporal.Instant[] {
  const found: Temporal.Instant[] = []
  let at: Temporal.ZonedDateTime | null = FIRST.toZonedDateTimeISO(zone)
  for (;;) {
    at = at.getTimeZoneTransition('next')
    if (!at || Temporal.Instant.compare(at.toInstant(), LAST) >= 0) return found
    found.push(at.toInstant())
  }
}

type Wall = { from: Temporal.PlainDateTime; to: Temporal.PlainDateTime }

/** Every start of the grid in the range at which a session fits into the hours, with all that stands against it. */
function startsByTemporal(question: SlotsQuestion): { at: Temporal.Instant; reasons: BlockReason[] }[] {
  const { config, from, to } = question
  const found: { at: Temporal.Instant; reasons: BlockReason[] }[] = []
  for (const window of windowsByTemporal(config, from, to)) {
    const closes = firstReading(window.to, config.timeZone)
    const step = { minutes: config.stepMinutes ?? config.sessionMinutes }
    for (let wall = window.from; Temporal.PlainDateTime.compare(wall, window.to) < 0; wall = wall.add(step)) {
      const zoned = wall.toZonedDateTime(config.timeZone, { disambiguation: 'earlier' })
      if (!zoned.toPlainDateTime().equals(wall)) continue
      const at = zoned.toInstant()
      const ends = at.add({ minutes: config.sessionMinutes })
      if (before(at, from) || !before(at, to) || before(closes, ends)) continue
      found.push({ at, reasons: reasonsByTemporal(question, zoned, ends) })
    }
  }
  return found
}

function windowsByTemporal(config: CalendarConfig, from: Temporal.Instant, to: Temporal.Instant): Wall[] {
  const windows: Wall[] = []
  let date = from.toZonedDateTimeISO(config.timeZone).toPlainDate().subtract({ days: 16 })
  const last = to.toZonedDateTimeISO(config.timeZone).toPlainDate().add({ days: 2 })
  for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    const override = config.overrides.find((one) => one.date === date.toString())
    for (const { from, to } of override?.windows ?? config.weekly.filter(({ weekday }) => weekday === date.dayOfWeek)) {
      const opens = date.toPlainDateTime(from)
      const sameDay = to === '24:00' ? date.add({ days: 1 }).toPlainDateTime() : date.toPlainDateTime(to)
      windows.push({
        from: opens,
        to: Temporal.PlainDateTime.compare(sameDay, opens) > 0 ? sameDay : sameDay.add({ days: 1 }),
      })
    }
  }
  windows.sort((a, b) => Temporal.PlainDateTime.compare(a.from, b.from))
  for (let i = 1; i < windows.length; ) {
    const [earlier, later] = [windows[i - 1] as Wall, windows[i] as Wall]
    if (Temporal.PlainDateTime.compare(later.from, earlier.to) > 0) i++
    else {
      if (Temporal.PlainDateTime.compare(later.to, earlier.to) > 0) earlier.to = later.to
      windows.splice(i, 1)
    }
  }
  const relevant = (wall: Temporal.PlainDateTime) => wall.toZonedDateTime(config.timeZone).toInstant()
  return windows.filter(
    (one) =>
      before(from.subtract({ hours: 48 }), relevant(one.to)) && before(relevant(one.from), to.add({ hours: 48 })),
  )
}

// Walks minute by minute over a reading that the clock leaves out.
function firstReading(wall: Temporal.PlainDateTime, zone: string): Temporal.Instant {
  let zoned = wall.toZonedDateTime(zone, { disambiguation: 'earlier' })
  while (Temporal.PlainDateTime.compare(zoned.toPlainDateTime(), wall) < 0) zoned = zoned.add({ minutes: 1 })
  return zoned.toInstant()
}

function reasonsByTemporal(
  question: SlotsQuestion,
  start: Temporal.ZonedDateTime,
  ends: Temporal.Instant,
): BlockReason[] {
  const { config, now, busy, closedDays = [], counted = [] } = question
  const at = start.toInstant()
  const reasons = new Set<BlockReason>()
  if (before(at, now)) reasons.add('past')
  else if (before(at, now.add({ minutes: config.minimumNoticeMinutes }))) reasons.add('notice')
  if (before(now.add({ hours: 24 * config.horizonDays }), at)) reasons.add('horizon')
  for (const { startsAt, endsAt } of config.absences) {
    if (before(at, Temporal.Instant.from(endsAt)) && before(Temporal.Instant.from(startsAt), ends))
      reasons.add('absence')
  }
  const lastDate = ends.subtract({ nanoseconds: 1 }).toZonedDateTimeISO(config.timeZone).toPlainDate()
  if ([start.toPlainDate(), lastDate].some((date) => closedDays.includes(date.toString()))) reasons.add('closed_day')

  const dates = counted.map((one) =>
    Temporal.Instant.fromEpochMilliseconds(one).toZonedDateTimeISO(config.timeZone).toPlainDate(),
  )
  const week = (date: Temporal.PlainDate | Temporal.ZonedDateTime) => `${date.yearOfWeek}-${date.weekOfYear}`
  if (dates.filter((date) => date.equals(start.toPlainDate())).length >= (config.maxPerDay ?? Infinity))
    reasons.add('cap')
  if (dates.filter((date) => week(date) === week(start)).length >= (config.maxPerWeek ?? Infinity)) reasons.add('cap')

  const rest = { minutes: Math.max(config.bufferBeforeMinutes, config.bufferAfterMinutes) }
  for (const { start: from, end: to, cause } of busy) {
    const needed = ['booking', 'session', 'hold'].includes(cause) ? ends.add(rest) : ends
    if (from < to && at.epochMilliseconds < to && from < needed.epochMilliseconds) reasons.add(cause)
  }
  return [...reasons]
}

function before(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0
}
