import { describe, expect, test } from 'vitest'
import { calendarConfig, type SlotsQuestion } from './availability.ts'
import { explain, offeredAt } from './slots-explained.ts'

// Times are given and shown as "Mon 18:00" of the week of 2 March 2026, in UTC.
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const at = (time: string) =>
  Temporal.Instant.from(`2026-03-0${1 + DAYS.indexOf(time.slice(0, 3))}T${time.slice(4)}:00Z`)
const ms = (time: string) => at(time).epochMilliseconds
const shown = (time: number) => {
  const date = new Date(time)
  return `${DAYS[date.getUTCDay()]} ${date.toISOString().slice(11, 16)}`
}

function questionOf(config: object, question: Partial<SlotsQuestion> = {}): SlotsQuestion {
  return {
    config: calendarConfig.parse({
      timeZone: 'UTC',
      weekly: [{ weekday: 1, from: '18:00', to: '19:30' }],
      sessionMinutes: 30,
      minimumNoticeMinutes: 0,
      ...config,
    }),
    from: at('Mon 00:00'),
    to: at('Tue 00:00'),
    now: at('Sun 00:00'),
    busy: [],
    ...question,
  }
}

const blocked = (config: object, question: Partial<SlotsQuestion> = {}) =>
  explain(questionOf(config, question)).blocked.map(
    ({ startsAt, endsAt, reasons }) => `${shown(startsAt)} - ${shown(endsAt)} ${reasons.join(', ')}`,
  )

describe('why a time is not offered', () => {
  test('outside the hours there is one entry for each stretch of time', () => {
    expect(blocked({})).toEqual(['Mon 00:00 - Mon 18:00 hours', 'Mon 19:30 - Tue 00:00 hours'])
    expect(blocked({ weekly: [] })).toEqual(['Mon 00:00 - Tue 00:00 hours'])
  })

  test('everything in the way of a start is named, each cause once', () => {
    const taken = (cause: 'booking' | 'calendar' | 'hold') => ({ start: ms('Mon 18:00'), end: ms('Mon 18:20'), cause })
    const absences = [{ startsAt: '2026-03-02T17:00:00Z', endsAt: '2026-03-02T18:10:00Z' }]
    expect(
      blocked({ absences }, { busy: [taken('hold'), taken('booking'), taken('booking'), taken('calendar')] })[1],
    ).toBe('Mon 18:00 - Mon 18:30 absence, hold, booking, calendar')
  })

  test('notice, horizon, caps and closed days are named', () => {
    const within = { from: at('Mon 18:00'), to: at('Mon 19:30') }
    const each = (reason: string) => [
      `Mon 18:00 - Mon 18:30 ${reason}`,
      `Mon 18:30 - Mon 19:00 ${reason}`,
      `Mon 19:00 - Mon 19:30 ${reason}`,
    ]
    expect(blocked({ minimumNoticeMinutes: 1440 * 2 }, within)).toEqual(each('notice'))
    expect(blocked({ horizonDays: 1 }, within)).toEqual(each('horizon'))
    expect(blocked({ maxPerDay: 1 }, { ...within, counted: [ms('Mon 07:00')] })).toEqual(each('cap'))
    expect(blocked({}, { ...within, closedDays: ['2026-03-02'] })).toEqual(each('closed_day'))
  })

  test('time between two starts is the grid, and too late for a whole session is the hours', () => {
    expect(blocked({ stepMinutes: 40 })).toEqual([
      'Mon 00:00 - Mon 18:00 hours',
      'Mon 18:30 - Mon 18:40 grid',
      'Mon 19:10 - Mon 19:20 grid',
      'Mon 19:20 - Tue 00:00 hours',
    ])
    expect(blocked({ sessionMinutes: 60, stepMinutes: 15 })).toEqual([
      'Mon 00:00 - Mon 18:00 hours',
      'Mon 18:45 - Tue 00:00 hours',
    ])
    expect(blocked({ sessionMinutes: 120 })).toEqual(['Mon 00:00 - Tue 00:00 hours'])
  })

  test('a range that begins between two starts, or late in the hours, is explained from its first moment', () => {
    expect(blocked({}, { from: at('Mon 18:40') })).toEqual([
      'Mon 18:40 - Mon 19:00 grid',
      'Mon 19:30 - Tue 00:00 hours',
    ])
    expect(blocked({ sessionMinutes: 60 }, { from: at('Mon 19:10') })).toEqual(['Mon 19:10 - Tue 00:00 hours'])
  })

  test('the start that a clock change leaves out is named at the moment of the change', () => {
    const config = {
      timeZone: 'America/New_York',
      weekly: [{ weekday: 7, from: '01:00', to: '05:00' }],
      sessionMinutes: 60,
    }
    const range = { from: Temporal.Instant.from('2026-03-08T05:00Z'), to: Temporal.Instant.from('2026-03-08T09:00Z') }
    expect(blocked(config, range)).toEqual(['Sun 05:00 - Sun 06:00 hours', 'Sun 07:00 - Sun 07:00 dst_gap'])
    // Here the next start, 03:40, does not follow at once.
    expect(blocked({ ...config, sessionMinutes: 80 }, range)[1]).toBe('Sun 07:00 - Sun 07:40 dst_gap')
  })

  test('a century is explained in a few thousand entries at most', () => {
    const century = { from: Temporal.Instant.from('1976-01-01T00:00Z'), to: Temporal.Instant.from('2076-01-01T00:00Z') }
    const { blocked } = explain(questionOf({}, century))
    expect(blocked.length).toBeLessThan(3000)
    expect(blocked[0]?.reasons).toEqual(['past'])
    expect(blocked.at(-1)?.reasons).toEqual(['horizon'])
  })
})

describe('why a wish is refused', () => {
  const refused = (time: string, config: object = {}, question: Partial<SlotsQuestion> = {}) =>
    offeredAt(questionOf(config, question), at(time))

  test('a start on the grid is offered, whatever range the question was about', () => {
    expect(refused('Mon 18:30')).toEqual([])
    expect(refused('Mon 18:30', {}, { from: at('Wed 00:00'), to: at('Thu 00:00') })).toEqual([])
  })

  test('what is taken is no rule', () => {
    const busy = [{ start: ms('Mon 18:00'), end: ms('Mon 19:30'), cause: 'booking' as const }]
    expect(refused('Mon 18:30', {}, { busy })).toEqual([])
  })

  test('outside the hours, or too late in them', () => {
    expect(refused('Mon 17:30')).toEqual(['hours'])
    expect(refused('Mon 19:10')).toEqual(['hours'])
    expect(refused('Tue 18:00')).toEqual(['hours'])
  })

  test('inside the hours but between two starts', () => {
    expect(refused('Mon 18:10')).toEqual(['grid'])
    expect(offeredAt(questionOf({}), at('Mon 18:00').add({ milliseconds: 1 }))).toEqual(['grid'])
  })

  test('the second time an hour comes is not on the grid', () => {
    const question = questionOf({
      timeZone: 'America/New_York',
      weekly: [{ weekday: 7, from: '00:00', to: '04:00' }],
      horizonDays: 300,
    })
    expect(offeredAt(question, Temporal.Instant.from('2026-11-01T05:30Z'))).toEqual([])
    expect(offeredAt(question, Temporal.Instant.from('2026-11-01T06:30Z'))).toEqual(['grid'])
  })

  test('every broken rule is told at once', () => {
    const absences = [{ startsAt: '2026-03-02T00:00:00Z', endsAt: '2026-03-03T00:00:00Z' }]
    expect(
      refused(
        'Mon 18:10',
        { minimumNoticeMinutes: 5000, maxPerWeek: 1, absences },
        { counted: [ms('Wed 10:00')], closedDays: ['2026-03-02'] },
      ),
    ).toEqual(['grid', 'notice', 'closed_day', 'absence', 'cap'])
  })

  test('a time of another age has one answer', () => {
    expect(offeredAt(questionOf({}), Temporal.Instant.from('1970-01-01T00:00Z'))).toEqual(['past'])
    expect(offeredAt(questionOf({}), Temporal.Instant.from('+012026-01-01T00:00Z'))).toEqual(['horizon'])
  })
})
