import { z } from '@hono/zod-openapi'
import { withoutTurns } from '../cut.ts'

const participant = z.object({
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
export const sessionSchema = z
  .object({
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
    calendarUnchecked: z.boolean(),
    participants: z.array(participant),
  })
  .openapi('Session')

/** What a change brings at once: see `Effects`. */
export const effectsSchema = z
  .object({
    messages: z.array(
      z.object({
        recipient: z.string().nullable(),
        meaning: z.string(),
        effectKey: z.string(),
        channels: z.array(z.string()),
        what: z.string().openapi({ description: 'In the words of ops: "move notice"' }),
      }),
    ),
    withdrawn: z.array(z.object({ recipient: z.string().nullable(), effectKey: z.string(), what: z.string() })),
    vendors: z.array(
      z.object({
        kind: z.string(),
        sessionId: z.string(),
        change: z.enum(['create_or_update', 'keep_until_a_day_after', 'remove']),
        what: z.string(),
      }),
    ),
  })
  .openapi('Effects')

/** The same with what is still to come after it. */
export const effectsThen = effectsSchema.extend({
  planned: z.array(
    z.object({
      dueAt: z.string(),
      expiresAt: z.string(),
      effectKey: z.string(),
      recipient: z.string().nullable(),
      channel: z.string(),
      what: z.string(),
    }),
  ),
})

/** What a merge brings: see `MergePlan`. */
export const mergeAnswer = effectsThen
  .extend({
    mergeId: z.string().nullable(),
    survivorId: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    people: z.array(
      z.object({
        personId: z.string(),
        name: z.string(),
        role: z.string(),
        from: z.object({ sessionId: z.string(), startsAt: z.string() }),
        alreadyThere: z.boolean(),
      }),
    ),
    everybody: z.array(z.object({ personId: z.string(), name: z.string(), role: z.string() })),
  })
  .openapi('MergePlan')

export const reason = z.string().overwrite(withoutTurns).trim().min(1, 'say why').max(500)
