import { z } from '@hono/zod-openapi'
import { withoutTurns } from '../cut.ts'
import { idText, instantText, problemSchema } from '../http.ts'
import { words } from '../people/fields.ts'
import { effectsThen } from '../sessions/schemas.ts'
import { BLOCK_REASONS } from './slots-question.ts'

// The shapes of booking's public surface. Requests are closed: an unknown member is a mistake, named.

export const holdRequest = z
  .strictObject({
    mentorId: idText,
    menteeId: idText.optional(),
    mentorshipId: idText.optional(),
    startsAt: instantText,
  })
  .openapi('HoldRequest')
export const holdAnswer = z.strictObject({ id: idText, expiresAt: z.string() }).openapi('Hold')

export const bookingRequest = z
  .strictObject({
    mentorId: idText,
    menteeId: idText.optional(),
    mentorshipId: idText.optional(),
    startsAt: instantText,
    holdId: idText.optional(),
  })
  .openapi('BookingRequest')
export const bookingAnswer = z
  .strictObject({
    id: idText,
    sessionId: idText,
    mentorId: idText,
    menteeId: idText,
    startsAt: z.string(),
    endsAt: z.string(),
    revision: z.number().int(),
    status: z.enum(['booked', 'cancelled']),
  })
  .openapi('Booking')
export const cancelledAnswer = z
  .strictObject({
    ...bookingAnswer.shape,
    late: z.boolean(),
    dryRun: z.boolean().optional(),
    effects: effectsThen.optional(),
  })
  .openapi('CancelledBooking')

const revision = z.int().min(1).max(2_147_483_647)
// May have line breaks: people paste what somebody wrote.
const reason = z.string().overwrite(withoutTurns).trim().min(1).max(500)
export const rescheduleRequest = z
  .strictObject({ startsAt: instantText, revision, dryRun: z.boolean().optional() })
  .openapi('RescheduleRequest')
export const cancelRequest = z
  .strictObject({ reason: reason.default('No reason given'), revision, dryRun: z.boolean().optional() })
  .openapi('CancelRequest')

export const movedAnswer = z
  .strictObject({
    ...bookingAnswer.shape,
    dryRun: z.boolean().optional(),
    effects: effectsThen.optional(),
  })
  .openapi('MovedBooking')

const time = z.strictObject({ startsAt: z.string(), endsAt: z.string() })
export const slotsQuery = z.strictObject({
  from: instantText,
  to: instantText,
  explain: z.enum(['true', 'false']).optional(),
  menteeId: idText.optional(),
  mentorshipId: idText.optional(),
})
export const slotsAnswer = z
  .strictObject({
    slots: z.array(time),
    blocked: z.array(time.extend({ reasons: z.array(z.enum(BLOCK_REASONS)) })).optional(),
  })
  .openapi('Slots')

export const timesAnswer = z.strictObject({ times: z.array(time) }).openapi('Times')

export const conflict = z
  .strictObject({
    layer: z.enum(['booking', 'session', 'calendar', 'hold', 'host']),
    id: z.string().optional(),
    startsAt: z.string(),
    endsAt: z.string(),
    whose: z.enum(['mentor', 'mentee', 'host']),
    title: z.string().optional(),
  })
  .openapi('Conflict')
/** What stands in the way on the other side: that it does, and when. */
export const conflictTimes = z
  .strictObject({
    layer: conflict.shape.layer,
    startsAt: z.string(),
    endsAt: z.string(),
    whose: conflict.shape.whose,
  })
  .openapi('ConflictTimes')
const conflicts = z.array(z.union([conflict, conflictTimes]))
export const slotTaken = problemSchema
  .extend({
    conflicts: conflicts.optional(),
    alternatives: z.array(time).optional(),
    current: z.unknown().optional(),
  })
  .openapi('SlotTaken')
export const conflictCheck = z
  .strictObject({ mentorId: idText, menteeId: idText.optional(), startsAt: instantText, endsAt: instantText })
  .openapi('ConflictCheck')
export const conflictAnswer = z.strictObject({ conflicts, alternatives: z.array(time) }).openapi('ConflictAnswer')

const person = z.strictObject({ id: idText, name: z.string() })
export const conflictList = z
  .strictObject({
    now: z.string(),
    items: z.array(
      time.extend({
        sessionId: idText,
        mentorId: idText,
        programmeId: idText,
        kind: z.enum(['mentorship', 'group']),
        mentor: z.string(),
        mentees: z.array(person),
        causes: z.array(
          z.strictObject({
            cause: z.enum(['calendar', 'absence', 'hours']),
            startsAt: z.string().optional(),
            endsAt: z.string().optional(),
            title: z.string().optional(),
          }),
        ),
        open: z
          .array(time)
          .nullable()
          .openapi({ description: 'Open hours from three hours before to three after; null without any hours' }),
      }),
    ),
    refused: z.array(
      time.extend({
        id: idText,
        at: z.string(),
        actor: z.string(),
        by: z.string(),
        mentorId: idText,
        mentor: z.string(),
        menteeId: idText.nullable(),
        mentee: z.string().nullable(),
        code: z.string(),
        details: z.strictObject({
          conflicts: z.array(conflict).optional(),
          alternatives: z.array(time).optional(),
          reasons: z.array(z.string()).optional(),
        }),
      }),
    ),
    differences: z.array(
      time.extend({
        id: idText,
        kind: z.enum(['moved', 'deleted', 'declined']),
        who: z.string(),
        sessionId: idText,
        people: z.string(),
        movedTo: time.nullable(),
        foundAt: z.string(),
        settledAt: z.string().nullable(),
        settledHow: z.string().nullable(),
        caseId: idText.nullable(),
        why: z.string().nullable().openapi({ description: 'Why the session did not simply follow' }),
      }),
    ),
  })
  .openapi('Conflicts')
export const rangeQuery = z.strictObject({ from: instantText, to: instantText })

export const bulkRequest = z
  .strictObject({
    sessionIds: z.array(idText).min(1).max(200),
    action: z.enum(['cancel', 'offer_times']),
    reason,
    dryRun: z.boolean().default(false),
  })
  .openapi('BulkRequest')
export const bulkAnswer = z
  .strictObject({
    dryRun: z.boolean(),
    items: z.array(
      time.extend({
        sessionId: idText,
        people: z.array(person.extend({ role: z.string() })),
        skipped: z.enum(['begun', 'cancelled']).optional(),
        times: z.array(time).optional(),
      }),
    ),
    effects: effectsThen.optional(),
  })
  .openapi('BulkAnswer')

export const groupRequest = z
  .strictObject({
    programmeId: idText,
    mentorId: idText,
    menteeIds: z
      .array(idText)
      .min(1)
      .max(50)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name somebody twice'),
    title: words(200),
    startsAt: instantText,
    endsAt: instantText,
    kind: z.literal('group').default('group'),
  })
  .openapi('GroupRequest')
export const groupAnswer = time
  .extend({
    id: idText,
    programmeId: idText,
    kind: z.literal('group'),
    title: z.string(),
    room: z.enum(['zoom', 'meet']),
    revision: z.number(),
    status: z.literal('scheduled'),
    participants: z.array(z.strictObject({ id: idText, personId: idText, role: z.enum(['mentor', 'mentee']) })),
  })
  .openapi('GroupSession')
