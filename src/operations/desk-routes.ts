import { createRoute, z } from '@hono/zod-openapi'
import { verifyAudit } from '../audit-seal.ts'
import { at, type House, idText, instantText, json, pageQuery, problems, router, shown, shownOrNull } from '../http.ts'
import { mustBeOps, mustRunAll } from '../people/actor.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { auditChoices, listAudit, sealedUntil } from './audit-list.ts'
import { connections } from './connections.ts'
import { examine } from './examine.ts'
import { auditAnswer, connectionsAnswer, examinationAnswer, sealAnswer } from './schemas.ts'

/** How the installation is, and what was done in it: for ops what is theirs, for admins all of it. */
export function operationsRoutes(house: House, vendors: Vendors) {
  const { db, clock, config } = house
  const rests = house.rests ?? (() => 0)
  return router()
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/connections',
        tags: ['operations'],
        responses: {
          200: json(connectionsAnswer, 'Hosts, vendors, calendars and periodic work, from what is on record'),
          ...problems(401, 403),
        },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const now = clock.now()
        return c.json({ now: shown(now), ...(await connections({ db, config, rests }, actor, now)) }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/examination',
        tags: ['operations'],
        summary: 'What `punctual doctor` says. Asks every vendor, so it may take some seconds.',
        responses: {
          200: json(examinationAnswer, 'One finding each, in the order to mend them'),
          ...problems(401, 403),
        },
      }),
      async (c) => {
        mustRunAll(c.get('actor'))
        const now = clock.now()
        const findings = await examine({ db, now, config, vendors })
        return c.json({ now: shown(now), findings }, 200)
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/audit',
        tags: ['operations'],
        request: {
          query: pageQuery.extend({
            actor: z.string().max(200).optional(),
            action: z.string().max(100).optional(),
            objectKind: z.string().max(40).optional(),
            objectId: idText.optional(),
            from: instantText.optional(),
            to: instantText.optional(),
            cursor: idText.optional(),
          }),
        },
        responses: { 200: json(auditAnswer, 'What was done, newest first'), ...problems(400, 401, 403) },
      }),
      async (c) => {
        const actor = mustBeOps(c.get('actor'))
        const { limit, from, to, ...rest } = c.req.valid('query')
        const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
        const query = { limit, ...given, ...(from ? { from: at(from) } : {}), ...(to ? { to: at(to) } : {}) }
        const [list, choices, until] = await Promise.all([
          listAudit(db, actor, query),
          auditChoices(db, actor),
          sealedUntil(db),
        ])
        return c.json(
          {
            now: shown(clock.now()),
            sealedUntil: shownOrNull(until),
            ...list,
            choices,
            mayVerify: actor.programmes === 'all',
          },
          200,
        )
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/api/v1/audit/seal',
        tags: ['operations'],
        summary: 'What `punctual audit verify` says: reads the whole chain and says where it does not hold.',
        responses: { 200: json(sealAnswer, 'The chain holds when `breaks` is empty'), ...problems(401, 403) },
      }),
      async (c) => {
        mustRunAll(c.get('actor'))
        const until = await sealedUntil(db)
        return c.json({ ...(await verifyAudit(db)), sealedUntil: shownOrNull(until) }, 200)
      },
    )
}
