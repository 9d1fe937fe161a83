import { describe, expect, test } from 'vitest'
import { calendarConfig, gapMinutes } from './availability.ts'

const plain = { timeZone: 'Asia/Kolkata', weekly: [{ weekday: 1, from: '18:00', to: '20:00' }], sessionMinutes: 30 }

/** Each mistake as "field: rule". */
function mistakes(change: object): string[] {
  const result = calendarConfig.safeParse({ ...plain, ...change })
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a mentor says when they are open', () => {
  test('zone, hours and length are enough; the rest has the defaults of the programme', () => {
    expect(calendarConfig.parse(plain)).toMatchObject({
      overrides: [],
      absences: [],
      bufferBeforeMinutes: 0,
      bufferAfterMinutes: 0,
      minimumNoticeMinutes: 720,
      horizonDays: 30,
      calendarPolicy: 'refuse',
    })
  })

  test('a window may cross midnight, end at midnight, or last a whole day', () => {
    for (const [from, to] of [
      ['22:00', '02:00'],
      ['22:00', '24:00'],
      ['22:00', '00:00'],
      ['09:00', '09:00'],
    ]) {
      expect(mistakes({ weekly: [{ weekday: 7, from, to }] })).toEqual([])
    }
  })

  test('absences are kept in UTC', () => {
    const absences = [{ startsAt: '2026-03-02T00:00:00+05:30', endsAt: '2026-03-03T00:00:00+05:30', reason: ' Holi ' }]
    expect(calendarConfig.parse({ ...plain, absences }).absences).toEqual([
      { startsAt: '2026-03-01T18:30:00Z', endsAt: '2026-03-02T18:30:00Z', reason: 'Holi' },
    ])
  })

  test('the gap is the larger of the two buffers', () => {
    expect(gapMinutes({ bufferBeforeMinutes: 5, bufferAfterMinutes: 15 })).toBe(15)
  })
})

describe('a mistake is named by its field and its rule', () => {
  test.each(['Mars/Olympus', '+05:30', '', 'Asia/Kolkata ', '2026-03-02T00:00[Asia/Kolkata]'])(
    'the zone %s is not one',
    (timeZone) => {
      expect(mistakes({ timeZone })[0]).toBe('timeZone: must be an IANA time zone such as Asia/Kolkata')
    },
  )

  test('a zone name without end is not read', () => {
    expect(mistakes({ timeZone: 'A'.repeat(5000) })).toContain(
      'timeZone: must be an IANA time zone such as Asia/Kolkata',
    )
  })

  test.each(['Asia/Calcutta', 'US/Pacific', 'UTC', 'Etc/GMT+5', 'europe/berlin'])('the zone %s is one', (timeZone) => {
    expect(mistakes({ timeZone })).toEqual([])
  })

  test('times of day', () => {
    for (const from of ['24:00', '9:00', '09:60', '25:00', '09:00:00', '']) {
      expect(mistakes({ weekly: [{ weekday: 1, from, to: '20:00' }] })).toEqual([
        'weekly.0.from: must be "HH:MM" from 00:00 to 23:59',
      ])
    }
    for (const to of ['24:01', '20', '20:5']) {
      expect(mistakes({ weekly: [{ weekday: 1, from: '18:00', to }] })).toEqual([
        'weekly.0.to: must be "HH:MM" from 00:00 to 24:00',
      ])
    }
  })

  test('weekdays', () => {
    for (const weekday of [0, 8, 1.5]) {
      expect(mistakes({ weekly: [{ weekday, from: '18:00', to: '20:00' }] })).toEqual([
        'weekly.0.weekday: must be a whole number of 1 (Monday) to 7 (Sunday)',
      ])
    }
  })

  test('session length, and every other number', () => {
    for (const sessionMinutes of [0, 4, 481, -30, 30.5, '30']) {
      expect(mistakes({ sessionMinutes })).toEqual(['sessionMinutes: must be a whole number of minutes from 5 to 480'])
    }
    expect(mistakes({ stepMinutes: 0, horizonDays: 1e9, maxPerDay: 0, minimumNoticeMinutes: -1 })).toHaveLength(4)
  })

  test('an absence that ends before it begins', () => {
    const absence = (startsAt: string, endsAt: string) => mistakes({ absences: [{ startsAt, endsAt }] })
    expect(absence('2026-03-02T10:00:00Z', '2026-03-02T09:00:00Z')).toEqual([
      'absences.0.endsAt: must be after startsAt',
    ])
    expect(absence('2026-03-02T10:00:00Z', '2026-03-02T10:00:00Z')).toEqual([
      'absences.0.endsAt: must be after startsAt',
    ])
    expect(absence('2026-03-02T10:00:00', '2026-03-02')).toHaveLength(2)
  })

  test('a date that is none, or comes twice', () => {
    expect(mistakes({ overrides: [{ date: '2026-02-29', windows: [] }] })).toEqual([
      'overrides.0.date: must be a date such as 2026-03-23, between 2000 and 2199',
    ])
    const twice = { date: '2026-03-08', windows: [] }
    expect(mistakes({ overrides: [twice, twice] })).toEqual(['overrides.1.date: 2026-03-08 comes twice'])
  })

  test('more than anyone needs', () => {
    const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)
    expect(mistakes({ weekly: many(201, plain.weekly[0]) })).toEqual(['weekly: at most 200 windows'])
    expect(
      mistakes({ absences: many(201, { startsAt: '2026-03-02T10:00:00Z', endsAt: '2026-03-02T11:00:00Z' }) }),
    ).toEqual(['absences: at most 200 absences'])
    expect(mistakes({ overrides: many(401, { date: '2026-03-02', windows: [] }) })).toContain(
      'overrides: at most 400 dates',
    )
  })

  test('a field nobody knows', () => {
    expect(mistakes({ sesionMinutes: 30 })).toHaveLength(1)
  })
})
