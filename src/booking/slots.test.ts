import { describe, expect, test } from 'vitest'
import { type Busy, type CalendarConfig, calendarConfig, type Slot, type SlotsQuestion } from './availability.ts'
import { nearestFree, slots } from './slots.ts'
import { byDayFirst } from './waking-hours.ts'

// The mentor of these tests lives in Kolkata (UTC+5:30, no clock changes) and is asked on Sunday 1 March 2026.
const at = (time: string) => Temporal.Instant.from(`${time}+05:30`)
const taken = (from: string, to: string, cause: Busy['cause']): Busy => ({
  start: at(from).epochMilliseconds,
  end: at(to).epochMilliseconds,
  cause,
})

function ask(config: Partial<CalendarConfig>, question: Partial<SlotsQuestion> = {}): string[] {
  return slots(questionOf(config, question)).map(shown)
}

function questionOf(config: Partial<CalendarConfig>, question: Partial<SlotsQuestion> = {}): SlotsQuestion {
  return {
    config: calendarConfig.parse({
      timeZone: 'Asia/Kolkata',
      weekly: [{ weekday: 1, from: '18:00', to: '20:00' }],
      sessionMinutes: 30,
      minimumNoticeMinutes: 0,
      ...config,
    }),
    from: at('2026-03-01T00:00'),
    to: at('2026-03-08T00:00'),
    now: at('2026-03-01T00:00'),
    busy: [],
    ...question,
  }
}

const shown = ({ startsAt }: Slot) =>
  Temporal.Instant.fromEpochMilliseconds(startsAt)
    .toZonedDateTimeISO('Asia/Kolkata')
    .toPlainDateTime()
    .toString()
    .slice(5, 16)

describe('hours', () => {
  test('Mondays from six to eight are four half hours', () => {
    expect(ask({})).toEqual(['03-02T18:00', '03-02T18:30', '03-02T19:00', '03-02T19:30'])
  })

  test('a session lasts its minutes and has to end inside the hours', () => {
    const question = questionOf({ sessionMinutes: 50 })
    expect(slots(question).map(shown)).toEqual(['03-02T18:00', '03-02T18:50'])
    expect(slots(question).every(({ startsAt, endsAt }) => endsAt - startsAt === 50 * 60_000)).toBe(true)
  })

  test('a step shorter than the session offers more starts', () => {
    expect(ask({ sessionMinutes: 90, stepMinutes: 15 })).toEqual(['03-02T18:00', '03-02T18:15', '03-02T18:30'])
  })

  test('windows that touch or overlap are one, so the grid does not start again in the middle', () => {
    const weekly = [
      { weekday: 1, from: '18:00', to: '18:45' },
      { weekday: 1, from: '18:45', to: '19:20' },
      { weekday: 1, from: '19:10', to: '19:30' },
    ]
    expect(ask({ weekly })).toEqual(['03-02T18:00', '03-02T18:30', '03-02T19:00'])
  })

  test('windows that touch at midnight are one', () => {
    const weekly = [
      { weekday: 1, from: '23:10', to: '24:00' },
      { weekday: 2, from: '00:00', to: '00:40' },
    ]
    expect(ask({ weekly })).toEqual(['03-02T23:10', '03-02T23:40', '03-03T00:10'])
  })

  test('the grid of a night stays the same when only the morning after is asked for', () => {
    const weekly = [{ weekday: 1, from: '22:20', to: '01:20' }]
    expect(ask({ weekly }, { from: at('2026-03-03T00:00') })).toEqual(['03-03T00:20', '03-03T00:50'])
  })

  test('a window of a whole day ends where it began', () => {
    expect(ask({ weekly: [{ weekday: 1, from: '09:00', to: '09:00' }], sessionMinutes: 360 })).toEqual([
      '03-02T09:00',
      '03-02T15:00',
      '03-02T21:00',
      '03-03T03:00',
    ])
  })

  test('a mentor who is always open has one grid, whatever is asked', () => {
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '07:00', to: '07:00' }))
    const all = ask({ weekly, sessionMinutes: 50 })
    expect(all.length).toBeGreaterThan(200)
    expect(ask({ weekly, sessionMinutes: 50 }, { from: at('2026-03-05T00:00') })).toEqual(
      all.filter((one) => one >= '03-05'),
    )
    expect(ask({ weekly, sessionMinutes: 60 }, { to: at('2026-03-01T02:00') })).toEqual(['03-01T00:00', '03-01T01:00'])
  })

  test('an always open mentor who was away once counts from the end of that', () => {
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: '00:00', to: '24:00' }))
    const overrides = [{ date: '2026-02-20', windows: [{ from: '00:10', to: '24:00' }] }]
    expect(ask({ weekly, overrides }, { to: at('2026-03-01T01:00') })).toEqual(['03-01T00:10', '03-01T00:40'])
  })
})

describe('exceptions', () => {
  test('an override replaces the windows of its date', () => {
    expect(ask({ overrides: [{ date: '2026-03-02', windows: [{ from: '07:00', to: '08:00' }] }] })).toEqual([
      '03-02T07:00',
      '03-02T07:30',
    ])
    expect(ask({ overrides: [{ date: '2026-03-02', windows: [] }] })).toEqual([])
  })

  test('an override leaves the night that began the day before', () => {
    const weekly = [{ weekday: 1, from: '23:00', to: '01:00' }]
    expect(ask({ weekly, overrides: [{ date: '2026-03-03', windows: [] }] })).toHaveLength(4)
    expect(ask({ weekly, overrides: [{ date: '2026-03-02', windows: [] }] })).toEqual([])
  })

  test('an absence takes what it touches and does not move the grid', () => {
    const absences = [{ startsAt: '2026-03-02T18:40:00+05:30', endsAt: '2026-03-02T18:50:00+05:30' }]
    expect(ask({ absences })).toEqual(['03-02T18:00', '03-02T19:00', '03-02T19:30'])
  })

  test('nobody meets on a closed day, and the night after it is open again', () => {
    const weekly = [{ weekday: 1, from: '23:00', to: '01:00' }]
    expect(ask({ weekly }, { closedDays: ['2026-03-02'] })).toEqual(['03-03T00:00', '03-03T00:30'])
    expect(ask({ weekly }, { closedDays: ['2026-03-03'] })).toEqual(['03-02T23:00', '03-02T23:30'])
  })
})

describe('what is taken', () => {
  test('a booking takes its time and the gap stored with it', () => {
    const busy = [taken('2026-03-02T18:30', '2026-03-02T19:10', 'booking')]
    expect(ask({}, { busy })).toEqual(['03-02T18:00', '03-02T19:30'])
  })

  test('a new session keeps the larger buffer free before the next one', () => {
    const busy = [taken('2026-03-02T19:00', '2026-03-02T19:30', 'session')]
    expect(ask({ bufferBeforeMinutes: 5, bufferAfterMinutes: 10 }, { busy })).toEqual(['03-02T18:00', '03-02T19:30'])
    expect(ask({}, { busy })).toEqual(['03-02T18:00', '03-02T18:30', '03-02T19:30'])
  })

  test('the gap is kept between sessions, not before a calendar event', () => {
    const busy = [taken('2026-03-02T19:00', '2026-03-02T19:30', 'calendar')]
    expect(ask({ bufferAfterMinutes: 15 }, { busy })).toEqual(['03-02T18:00', '03-02T18:30', '03-02T19:30'])
  })

  test('busy times in any order, within one another or without length are read right', () => {
    const busy = [
      taken('2026-03-02T19:40', '2026-03-02T19:45', 'hold'),
      taken('2026-03-02T17:00', '2026-03-02T19:00', 'mentee'),
      taken('2026-03-02T18:10', '2026-03-02T18:20', 'host'),
      taken('2026-03-02T19:15', '2026-03-02T19:15', 'calendar'),
    ]
    expect(ask({}, { busy })).toEqual(['03-02T19:00'])
  })
})

describe('limits', () => {
  test('notice is elapsed time, and a start just at its end is offered', () => {
    const now = at('2026-03-02T16:30')
    expect(ask({ minimumNoticeMinutes: 120 }, { now })).toEqual(['03-02T18:30', '03-02T19:00', '03-02T19:30'])
  })

  test('nothing is offered beyond the horizon', () => {
    const now = at('2026-02-28T18:30')
    expect(ask({ horizonDays: 2 }, { now })).toEqual(['03-02T18:00', '03-02T18:30'])
  })

  test('a full day offers nothing more, a full week neither', () => {
    const weekly = [1, 4].map((weekday) => ({ weekday, from: '18:00', to: '19:00' }))
    const counted = [at('2026-03-02T07:00').epochMilliseconds]
    expect(ask({ weekly, maxPerDay: 1 }, { counted })).toEqual(['03-05T18:00', '03-05T18:30'])
    expect(ask({ weekly, maxPerWeek: 1 }, { counted, to: at('2026-03-10T00:00') })).toEqual([
      '03-09T18:00',
      '03-09T18:30',
    ])
    expect(ask({ weekly, maxPerDay: 2, maxPerWeek: 2 }, { counted })).toHaveLength(4)
  })

  test('a question about a century is answered from the horizon alone', () => {
    const asked = { from: at('1926-01-01T00:00'), to: at('2126-01-01T00:00') }
    expect(ask({ horizonDays: 10 }, asked)).toHaveLength(8)
  })
})

describe('clock changes', () => {
  const newYork = (config: Partial<CalendarConfig>, date: string) =>
    slots(
      questionOf(
        { timeZone: 'America/New_York', weekly: [{ weekday: 7, from: '00:00', to: '04:00' }], ...config },
        {
          from: Temporal.Instant.from(`${date}T00:00Z`),
          to: Temporal.Instant.from(`${date}T23:00Z`),
          now: Temporal.Instant.from(`${date}T00:00Z`),
        },
      ),
    ).map(({ startsAt }) => new Date(startsAt).toISOString().slice(11, 16))

  test('an hour that is left out has no slot', () => {
    expect(newYork({ sessionMinutes: 60 }, '2026-03-08')).toEqual(['05:00', '06:00', '07:00'])
  })

  test('an hour that comes twice is offered the first time', () => {
    expect(newYork({ sessionMinutes: 60 }, '2026-11-01')).toEqual(['04:00', '05:00', '07:00', '08:00'])
  })

  test('a session across the change lasts its real minutes', () => {
    const weekly = [{ weekday: 7, from: '01:30', to: '03:00' }]
    expect(newYork({ weekly, sessionMinutes: 60 }, '2026-03-08')).toEqual([])
    expect(newYork({ weekly, sessionMinutes: 120 }, '2026-11-01')).toEqual(['05:30'])
  })
})

describe('alternatives', () => {
  test('the nearest free starts come first, and never the one that was asked for', () => {
    const question = questionOf(
      { weekly: [{ weekday: 1, from: '16:00', to: '20:00' }] },
      { busy: [taken('2026-03-02T18:30', '2026-03-02T19:00', 'hold')] },
    )
    expect(nearestFree(question, at('2026-03-02T18:00')).slice(0, 3).map(shown)).toEqual([
      '03-02T17:30',
      '03-02T17:00',
      '03-02T19:00',
    ])
  })

  test('those by day come before those at night, which are better than none', () => {
    const times = [1, 2, 3, 4, 5].map((startsAt) => ({ startsAt }))
    const starts = (count: number, isNight: (at: number) => boolean) =>
      byDayFirst(times, isNight, count).map(({ startsAt }) => startsAt)
    expect(starts(2, (at) => at < 3)).toEqual([3, 4])
    expect(starts(3, (at) => at !== 5)).toEqual([5, 1, 2])
    expect(starts(9, () => false)).toEqual([1, 2, 3, 4, 5])
  })
})
