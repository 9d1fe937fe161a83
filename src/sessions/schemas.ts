import { z } from '@hono/zod-openapi'

/** What a change brings at once: see `Effects`. */
export const effectsSchema = z
  .object({
    messages: z.array(
      z.object({
        recipient: z.string().nullable(),
        meaning: z.string(),
        effectKey: z.string(),
        channels: z.array(z.string()),
        what: z.string(),
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
