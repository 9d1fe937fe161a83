import { z } from '@hono/zod-openapi'

const tone = z.enum(['good', 'warn', 'bad', 'open', 'off'])
const instant = z.string().nullable()

export const connectionsAnswer = z
  .strictObject({
    now: z.string(),
    pool: z.strictObject({ hosts: z.number(), peak: z.number(), peakAt: instant, isEnough: z.boolean() }),
    hosts: z.array(
      z.strictObject({
        id: z.string(),
        zoomUser: z.string(),
        owner: z.string().nullable(),
        busyUntil: instant,
        nextAt: instant,
        sessions: z.number(),
      }),
    ),
    vendors: z.array(
      z.strictObject({
        name: z.enum(['whatsapp', 'email', 'zoom', 'google', 'slack']),
        tone,
        words: z.string(),
        goodAt: instant,
        badAt: instant,
        cause: z.string().nullable(),
        waiting: z.number(),
        oldest: instant,
        heardAt: instant,
        withoutEffect: z.number(),
        listens: z.boolean(),
      }),
    ),
    calendars: z.array(
      z.strictObject({
        id: z.string(),
        personId: z.string(),
        person: z.string(),
        tone,
        words: z.string(),
        brokenAt: instant,
        why: z.string().nullable(),
        syncedAt: instant,
        connectedAt: z.string(),
        sessions: z.number(),
      }),
    ),
    work: z.strictObject({
      sessions: z.number(),
      deliveries: z.number(),
      mirrors: z.number(),
      chores: z.array(
        z.strictObject({
          name: z.string(),
          what: z.string(),
          isOverdue: z.boolean(),
          nextAt: z.string(),
          lastAt: instant,
          failures: z.number(),
          error: z.string().nullable(),
        }),
      ),
    }),
  })
  .openapi('Connections')

export const examinationAnswer = z
  .strictObject({
    now: z.string(),
    findings: z.array(
      z.strictObject({ name: z.string(), state: z.enum(['ok', 'off', 'warn', 'bad']), says: z.string() }),
    ),
  })
  .openapi('Examination')

export const auditAnswer = z
  .strictObject({
    now: z.string(),
    sealedUntil: instant,
    items: z.array(
      z.strictObject({
        id: z.string(),
        at: z.string(),
        actor: z.string(),
        by: z.string(),
        action: z.string(),
        objectKind: z.string(),
        objectId: z.string().nullable(),
        objectName: z.string().nullable(),
        startsAt: instant,
        reason: z.string().nullable(),
        detail: z.array(z.strictObject({ name: z.string(), value: z.string() })),
        seal: z.number().nullable(),
        sealedAt: instant,
      }),
    ),
    nextCursor: z.string().optional(),
    choices: z.strictObject({
      actors: z.array(z.strictObject({ label: z.string(), name: z.string() })),
      actions: z.array(z.string()),
      kinds: z.array(z.string()),
    }),
    mayVerify: z.boolean(),
  })
  .openapi('Audit')

export const sealAnswer = z
  .strictObject({
    seals: z.number(),
    rows: z.number(),
    head: z.string().nullable(),
    unsealed: z.number(),
    unsealedFrom: z.string().nullable(),
    breaks: z.array(z.strictObject({ seal: z.number(), why: z.string() })),
    sealedUntil: instant,
  })
  .openapi('AuditSeal')
