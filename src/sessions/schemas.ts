import { z } from '@hono/zod-openapi'
import { withoutTurns } from '../cut.ts'

// The shapes of what this room answers. All are closed: what is not named here does not leave. Where ops see more than the two
// people, there are two shapes with two names.

export const participant = z.strictObject({
  id: z.string(),
  personId: z.string(),
  name: z.string(),
  timeZone: z.string(),
  role: z.enum(['mentor', 'mentee']),
  bookingId: z.string().nullable(),
  answer: z.string().nullable(),
  verdict: z.string().nullable(),
  stage: z.string().nullable(),
})
const common = {
  id: z.string(),
  programmeId: z.string(),
  kind: z.string(),
  title: z.string().nullable(),
  startsAt: z.string(),
  endsAt: z.string(),
  room: z.string(),
  revision: z.number(),
  status: z.enum(['scheduled', 'cancelled', 'merged']),
  cancelReason: z.string().nullable(),
  mergedInto: z.string().nullable(),
  participants: z.array(participant),
}
export const sessionForOps = z.strictObject({ ...common, calendarUnchecked: z.boolean() }).openapi('Session')
export const session = z.union([
  sessionForOps,
  z.strictObject(common).openapi('OwnSession', {
    description: 'To whoever takes part: verdicts about others are null, as before one is made.',
  }),
])

const entry = {
  at: z.string(),
  kind: z.string(),
  state: z.string(),
  id: z.string().optional().openapi({ description: 'Of a delivery' }),
  effectKey: z.string().optional(),
  recipient: z.string().nullable().optional(),
  channel: z.string().optional(),
  stage: z.string().optional(),
  template: z.string().optional(),
  reason: z.string().optional(),
}
const planned = z.array(
  z.strictObject({
    dueAt: z.string(),
    expiresAt: z.string(),
    effectKey: z.string(),
    recipient: z.string().nullable(),
    channel: z.string(),
  }),
)
// What was seen differs from kind to kind of entry.
const evidence = z.unknown().optional()
export const timelineSchema = z.union([
  z.strictObject({ entries: z.array(z.strictObject({ ...entry, evidence })), planned }).openapi('Timeline'),
  z.strictObject({ entries: z.array(z.strictObject(entry)), planned }).openapi('OwnTimeline'),
])

export const verdict = z
  .strictObject({
    participantId: z.string(),
    personId: z.string(),
    role: z.string(),
    version: z.number(),
    verdict: z.string(),
    stage: z.string(),
    evidence: z.unknown(),
    decidedAt: z.string(),
    decidedBy: z.string(),
    reason: z.string().nullable(),
  })
  .openapi('Verdict')

const follows = {
  messages: z.array(
    z.strictObject({
      recipient: z.string().nullable(),
      meaning: z.string(),
      effectKey: z.string(),
      channels: z.array(z.string()),
      what: z.string().openapi({ description: 'In the words of ops: "move notice"' }),
    }),
  ),
  withdrawn: z.array(z.strictObject({ recipient: z.string().nullable(), effectKey: z.string(), what: z.string() })),
  vendors: z.array(
    z.strictObject({
      kind: z.string(),
      sessionId: z.string(),
      change: z.enum(['create_or_update', 'keep_until_a_day_after', 'remove']),
      what: z.string(),
    }),
  ),
}
/** What a change brings at once: see `Effects`. */
export const effectsSchema = z.strictObject(follows).openapi('Effects')

const plannedThen = z.array(
  z.strictObject({
    dueAt: z.string(),
    expiresAt: z.string(),
    effectKey: z.string(),
    recipient: z.string().nullable(),
    channel: z.string(),
    what: z.string(),
  }),
)
/** The same with what is still to come after it. */
export const effectsThen = z.strictObject({ ...follows, planned: plannedThen }).openapi('EffectsThen')

export const mergePlan = z
  .strictObject({
    mergeId: z.string().nullable(),
    survivorId: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    people: z.array(
      z.strictObject({
        personId: z.string(),
        name: z.string(),
        role: z.string(),
        from: z.strictObject({ sessionId: z.string(), startsAt: z.string() }),
        alreadyThere: z.boolean(),
      }),
    ),
    everybody: z.array(z.strictObject({ personId: z.string(), name: z.string(), role: z.string() })),
    ...follows,
    planned: plannedThen,
  })
  .openapi('Merge')
export const undoneMerge = z
  .strictObject({ mergeId: z.string(), survivorId: z.string(), sessionIds: z.array(z.string()), ...follows })
  .openapi('UndoneMerge')

export const delivery = z
  .strictObject({
    id: z.string(),
    subjectKind: z.string(),
    subjectId: z.string(),
    effectKey: z.string(),
    channel: z.string(),
    recipient: z.string().nullable(),
    template: z.string(),
    state: z.string(),
    reason: z.string().nullable(),
    dueAt: z.string(),
    expiresAt: z.string(),
    acceptedAt: z.string().nullable(),
    deliveredAt: z.string().nullable(),
    readAt: z.string().nullable(),
    failedAt: z.string().nullable(),
    attempts: z.array(
      z.strictObject({
        number: z.number(),
        state: z.string(),
        code: z.string().nullable(),
        startedAt: z.string(),
        endedAt: z.string().nullable(),
      }),
    ),
  })
  .openapi('Delivery')

export const reason = z.string().overwrite(withoutTurns).trim().min(1, 'say why').max(500)
