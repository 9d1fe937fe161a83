import { z } from '@hono/zod-openapi'
import { idText } from '../http.ts'

// What a mentor's own pages show, as shapes. Instants are RFC 3339 UTC.

const time = z.strictObject({ startsAt: z.string(), endsAt: z.string() })
const person = z.strictObject({ id: idText, name: z.string() })

export const hoursCheckAnswer = z
  .strictObject({
    affected: z.array(
      time.extend({
        sessionId: idText,
        mentees: z.array(person),
        causes: z.array(z.enum(['hours', 'absence'])),
      }),
    ),
    stretches: z.array(time.extend({ reasons: z.array(z.string()) })),
    open: z.array(time),
  })
  .openapi('HoursCheck')

export const mentorWeekAnswer = z
  .strictObject({
    now: z.string(),
    mentor: person.extend({ timeZone: z.string() }),
    sessions: z.array(
      time.extend({
        sessionId: idText,
        bookingId: idText.nullable(),
        bookingRevision: z.number().nullable(),
        title: z.string().nullable(),
        mentees: z.array(z.string()).nullable(),
      }),
    ),
    holds: z.array(time.extend({ id: idText, expiresAt: z.string(), mentee: z.string().nullable() })),
    busy: z.array(time.extend({ title: z.string().nullable() })),
    absences: z.array(time.extend({ reason: z.string().nullable() })),
    open: z.array(time),
  })
  .openapi('MentorWeek')

const place = person.extend({ timeZone: z.string() })
export const mentorSessionsAnswer = z
  .strictObject({
    now: z.string(),
    ahead: z.array(
      time.extend({
        sessionId: idText,
        bookingId: idText.nullable(),
        bookingRevision: z.number().nullable(),
        title: z.string().nullable(),
        programme: z.string(),
        mentees: z.array(place.extend({ answer: z.string().nullable() })),
        manage: z.string().nullable(),
        join: z.string().nullable(),
        joinOpensAt: z.string(),
      }),
    ),
    pairs: z.array(
      z.strictObject({
        mentee: place,
        programme: z.string(),
        budget: z.number().nullable(),
        used: z.number(),
        endedAt: z.string().nullable(),
        past: z.array(
          z.strictObject({
            sessionId: idText,
            startsAt: z.string(),
            outcome: z.enum(['met', 'met_late', 'short', 'not_met', 'unclear', 'cancelled', 'open']),
          }),
        ),
      }),
    ),
  })
  .openapi('MentorSessions')

export const firstStepsAnswer = z
  .strictObject({
    mentor: person.extend({ isOwn: z.boolean() }),
    zone: z.strictObject({ isDone: z.boolean(), timeZone: z.string(), hoursZone: z.string().nullable() }),
    hours: z.strictObject({ isDone: z.boolean(), minutesAWeek: z.number() }),
    calendar: z.strictObject({
      state: z.enum(['never', 'reading', 'connected', 'old', 'broken', 'disconnected']),
      address: z.string().nullable(),
      syncedAt: z.string().nullable(),
      brokenAt: z.string().nullable(),
      disconnectedAt: z.string().nullable(),
    }),
    whatsapp: z.strictObject({ state: z.enum(['yes', 'no', 'open']), phone: z.string().nullable() }),
    isFinished: z.boolean(),
  })
  .openapi('FirstSteps')
