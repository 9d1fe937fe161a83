import { z } from 'zod'
import { Refusal } from '../errors.ts'

const minutes = (most: number) => z.number().int().min(0).max(most)
const wallClock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day as HH:MM')

const tier = z.strictObject({ minutesBefore: minutes(7 * 24 * 60), lastsMinutes: minutes(24 * 60) })

// The article's numbers where it gives them. `lastsMinutes` is how late a message may still go out, never past its meaning.
const shape = z.strictObject({
  reminders: z.strictObject({ '4_HOURS': tier, '30_MINUTES': tier, '5_MINUTES': tier }),
  confirmation: z.strictObject({
    /** The ops card about an unanswered ask. The ask itself rides on the 4-hour reminder. */
    cardMinutesBefore: minutes(24 * 60),
  }),
  rescue: z.strictObject({
    nudgeAfterMinutes: minutes(60),
    choicesAfterMinutes: minutes(60),
    nudgeLastsMinutes: minutes(120),
    waitingLastsMinutes: minutes(120),
    nobodyLastsMinutes: minutes(240),
  }),
  attendance: z.strictObject({
    provisionalAfterMinutes: minutes(120),
    /** Zoom repeats an event 5, 25 and 85 min later, then drops it: only after that nothing more can come. */
    firmAfterEndMinutes: minutes(24 * 60),
    correctionHours: minutes(14 * 24),
    lateAfterMinutes: minutes(120),
    leftEarlyMinutes: minutes(120),
    /** Counting of missed sessions: over so many days, warn at so many, propose a pause at so many (ops apply it). */
    overDays: z.number().int().min(1).max(366),
    warnAt: z.number().int().min(1).max(100),
    proposePauseAt: z.number().int().min(1).max(100),
  }),
  followUp: z.strictObject({ askAfterEndMinutes: minutes(24 * 60), lastsHours: minutes(14 * 24) }),
  booking: z.strictObject({
    holdMinutes: minutes(24 * 60),
    noticeHours: minutes(30 * 24),
    horizonDays: z.number().int().min(1).max(366),
    lateCancelHours: minutes(7 * 24),
    /** Google's busy times are read this many days beyond the horizon. */
    busyBeyondHorizonDays: minutes(366),
  }),
  quiet: z.strictObject({
    /** Null: each person's own quiet hours (21:00-08:00 unless they chose others). Else these for everybody, in their own zone. */
    hours: z.strictObject({ from: wallClock, to: wallClock }).nullable(),
    /** A change this close to the session is told at once, at any hour. */
    changeExemptHours: minutes(7 * 24),
    /** Around a session only what belongs to it is said. */
    beforeStartMinutes: minutes(24 * 60),
    afterEndMinutes: minutes(24 * 60),
  }),
  caps: z.strictObject({
    perSessionRevision: z.number().int().min(1).max(1000),
    otherPerDay: z.number().int().min(1).max(1000),
  }),
  calendar: z.strictObject({
    /**
     * When somebody moves or deletes a session's event in Google: `ask` ops; `apply`: the session is
     * moved or cancelled as if its owner had asked for that here, and where that is refused ops are asked; `restore`: the event is written again, once, and after that ops are asked. A declined
     * one is always asked about: an answer is the person's own.
     */
    differences: z.enum(['ask', 'apply', 'restore']),
  }),
  ops: z.strictObject({
    /** Outside them cards come without mention; null: always with. */
    hours: z.strictObject({ from: wallClock, to: wallClock }).nullable(),
    digestAt: wallClock,
  }),
})

/** What a programme may set about when and to whom things are said. Times of day are wall-clock, the rest as named. */
export type Policy = z.infer<typeof shape>

export const DEFAULT_POLICY: Policy = {
  reminders: {
    '4_HOURS': { minutesBefore: 240, lastsMinutes: 60 },
    '30_MINUTES': { minutesBefore: 30, lastsMinutes: 11 },
    '5_MINUTES': { minutesBefore: 5, lastsMinutes: 4 },
  },
  confirmation: { cardMinutesBefore: 120 },
  rescue: {
    nudgeAfterMinutes: 3,
    choicesAfterMinutes: 10,
    nudgeLastsMinutes: 15,
    waitingLastsMinutes: 10,
    nobodyLastsMinutes: 30,
  },
  attendance: {
    provisionalAfterMinutes: 10,
    firmAfterEndMinutes: 90,
    correctionHours: 48,
    lateAfterMinutes: 5,
    leftEarlyMinutes: 10,
    overDays: 30,
    warnAt: 2,
    proposePauseAt: 4,
  },
  followUp: { askAfterEndMinutes: 30, lastsHours: 24 },
  booking: { holdMinutes: 10, noticeHours: 12, horizonDays: 30, lateCancelHours: 3, busyBeyondHorizonDays: 35 },
  quiet: { hours: null, changeExemptHours: 12, beforeStartMinutes: 45, afterEndMinutes: 60 },
  caps: { perSessionRevision: 8, otherPerDay: 12 },
  calendar: { differences: 'ask' },
  ops: { hours: { from: '09:00', to: '19:00' }, digestAt: '09:00' },
}

/**
 * The whole policy from a programme's stored settings: the defaults, with what the settings override at any depth.
 * Unknown names and values out of range throw `invalid` with `errors: [{ field: 'reminders.30_MINUTES.lastsMinutes', rule }]`.
 */
export function policyOf(settings: unknown): Policy {
  const parsed = shape.safeParse(over(DEFAULT_POLICY, settings ?? {}))
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap((issue) => {
    const at = issue.path.join('.')
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : []
    return unknown.length > 0
      ? unknown.map((key) => ({ field: [at, key].filter(Boolean).join('.'), rule: 'is not a setting of the playbook' }))
      : [{ field: at || 'settings', rule: issue.message }]
  })
  throw new Refusal('invalid', `The playbook's settings are not valid: ${errors[0]?.field} ${errors[0]?.rule}.`, {
    errors,
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function over(base: unknown, settings: unknown): unknown {
  if (!isObject(base) || !isObject(settings)) return settings
  const names = new Set([...Object.keys(base), ...Object.keys(settings)])
  return Object.fromEntries(
    [...names].map((name) => [name, name in settings ? over(base[name], settings[name]) : base[name]]),
  )
}
