// Slots of 90 days with 200 busy times: the product's `slots` against the bare computation below, in the same run.
// Run: node bench/slots.ts. Prints one line; the ratio is the result, the times are only scale.
import { type Busy, calendarConfig, type SlotsQuestion } from '../src/booking/availability.ts'
import { slots } from '../src/booking/slots.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const ROUNDS = 31
const CALLS = 60

const question = ninetyDays()
const bare = bareQuestion(question)
const same = JSON.stringify(slots(question)) === JSON.stringify(bareSlots(bare))
if (!same) throw new Error('The bare computation and the product disagree; the ratio would mean nothing.')

for (let call = 0; call < 2000; call++) {
  slots(question)
  bareSlots(bare)
}
const ours: number[] = []
const limit: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  // Turn about, so that neither side always meets the colder cache.
  const sides = [() => ours.push(timed(() => slots(question))), () => limit.push(timed(() => bareSlots(bare)))]
  for (const measure of round % 2 === 0 ? sides : sides.reverse()) measure()
}
const ratios = ours.map((time, round) => time / (limit[round] as number))
console.log(
  `slots 90 days, 200 busy, ${slots(question).length} free: ${median(ratios).toFixed(2)} x the bare computation (goal 2.00 at most); ` +
    `${(median(ours) * 1000).toFixed(0)} us against ${(median(limit) * 1000).toFixed(0)} us, medians of ${ROUNDS} rounds`,
)

/** Milliseconds of one call, the mean of a round. */
function timed(call: () => unknown): number {
  const start = performance.now()
  for (let i = 0; i < CALLS; i++) call()
  return (performance.now() - start) / CALLS
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

// Eleven windows a week in New York over the change of 8 March 2026, sessions of 30 minutes.
function ninetyDays(): SlotsQuestion {
  const hours = (weekdays: number[], from: string, to: string) => weekdays.map((weekday) => ({ weekday, from, to }))
  const config = calendarConfig.parse({
    timeZone: 'America/New_York',
    weekly: [
      ...hours([1, 2, 3, 4, 5], '09:00', '12:00'),
      ...hours([1, 2, 3, 4, 5], '13:30', '17:00'),
      ...hours([6], '10:00', '12:30'),
    ],
    sessionMinutes: 30,
    minimumNoticeMinutes: 0,
    horizonDays: 365,
  })
  const from = Temporal.Instant.from('2026-02-01T00:00:00Z')
  const to = from.add({ hours: 90 * 24 })

  // Busy times in no order, from a small generator of its own so that every run asks the same.
  let seed = 42
  const chance = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed % below
  }
  const causes = ['booking', 'session', 'calendar', 'hold'] as const
  const busy = Array.from({ length: 200 }, (): Busy => {
    const start = from.epochMilliseconds + chance(90 * 96) * 15 * MINUTE
    return { start, end: start + (1 + chance(4)) * 30 * MINUTE, cause: causes[chance(4)] as Busy['cause'] }
  })
  return { config, from, to, now: from, busy }
}

type Bare = {
  from: number
  to: number
  /** By weekday from Monday, ms after midnight. */
  week: { from: number; to: number }[][]
  /** [first instant, offset] */
  offsets: [number, number][]
  length: number
  busy: readonly { start: number; end: number }[]
}

// Nothing but the task: windows known as numbers, the zone's two offsets known, no rules, no joining, no overrides.
function bareSlots({ from, to, week, offsets, length, busy }: Bare): { startsAt: number; endsAt: number }[] {
  const taken = busy.map(({ start, end }) => ({ start, end })).sort((a, b) => a.start - b.start)
  const free: { startsAt: number; endsAt: number }[] = []
  let offset = 0
  let change = 0
  let next = 0
  let until = -Infinity
  const lastDay = Math.floor(to / DAY)
  for (let day = Math.floor(from / DAY) - 1; day <= lastDay; day++) {
    const windows = week[(day + 3) % 7] as Bare['week'][number]
    for (let w = 0; w < windows.length; w++) {
      const window = windows[w] as { from: number; to: number }
      const opens = day * DAY + window.from
      while (
        change < offsets.length &&
        opens - (offsets[change] as [number, number])[1] >= (offsets[change] as [number, number])[0]
      ) {
        offset = (offsets[change] as [number, number])[1]
        change++
      }
      const closes = day * DAY + window.to - offset
      for (let start = opens - offset; start + length <= closes; start += length) {
        if (start < from || start >= to) continue
        const end = start + length
        for (; next < taken.length && (taken[next] as Busy).start < end; next++) {
          const busyUntil = (taken[next] as Busy).end
          if (busyUntil > until) until = busyUntil
        }
        if (start >= until) free.push({ startsAt: start, endsAt: end })
      }
    }
  }
  return free
}

function bareQuestion({ config, from, to, busy }: SlotsQuestion): Bare {
  const minute = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  const week: Bare['week'] = [[], [], [], [], [], [], []]
  for (const { weekday, from, to } of config.weekly) {
    week[weekday - 1]?.push({ from: minute(from) * MINUTE, to: minute(to) * MINUTE })
  }
  const change = Temporal.Instant.from('2026-03-08T07:00:00Z').epochMilliseconds
  return {
    from: from.epochMilliseconds,
    to: to.epochMilliseconds,
    week,
    offsets: [
      [-Infinity, -5 * 60 * MINUTE],
      [change, -4 * 60 * MINUTE],
    ],
    length: config.sessionMinutes * MINUTE,
    busy,
  }
}
