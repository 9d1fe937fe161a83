import { createRoute, z } from '@hono/zod-openapi'
import { audit } from '../audit.ts'
import { transact } from '../database/transaction.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import { at, type House, idText, instantText, json, jsonBody, pageQuery, problems, router } from '../http.ts'
import {
  changePerson,
  createPerson,
  endSessionsOf,
  isPrivileged,
  mayElseForbidden,
  newPerson,
  personChanges,
} from './accounts.ts'
import { type Actor, mustBeKnown, mustBeOps } from './actor.ts'
import { grantConsent, withdrawConsent } from './consent.ts'
import { afterOf, page } from './cursor.ts'
import { channelName, roleName, words } from './fields.ts'
import { invite } from './invitations.ts'
import { joinAccounts } from './join-accounts.ts'
import { type Acquaintance, type Person, personSchema } from './person.ts'
import { may } from './policy.ts'
import { programmesOf } from './scope.ts'
import { note } from './security-log.ts'
import { visiblePeople } from './visible-people.ts'

const onePerson = z.object({ id: idText })
const list = createRoute({
  method: 'get',
  path: '/api/v1/people',
  request: {
    query: pageQuery.extend({
      role: roleName.optional(),
      email: z.string().max(254).optional(),
      search: z.string().max(100).optional(),
    }),
  },
  responses: {
    200: json(
      z.strictObject({ items: z.array(personSchema), nextCursor: z.string().optional() }),
      'People you may see',
    ),
    ...problems(400, 401),
  },
})
const create = createRoute({
  method: 'post',
  path: '/api/v1/people',
  request: { body: jsonBody(newPerson) },
  responses: { 201: json(personSchema, 'The person'), ...problems(400, 401, 403, 409) },
})
const read = createRoute({
  method: 'get',
  path: '/api/v1/people/{id}',
  request: { params: onePerson },
  responses: { 200: json(personSchema, 'The person'), ...problems(401, 404) },
})
const change = createRoute({
  method: 'patch',
  path: '/api/v1/people/{id}',
  request: { params: onePerson, body: jsonBody(personChanges) },
  responses: { 200: json(personSchema, 'The person as changed'), ...problems(400, 401, 403, 404, 409) },
})
const consent = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/consent',
  request: {
    params: onePerson,
    body: jsonBody(
      z.strictObject({
        channel: channelName,
        given: z.boolean(),
        source: words(200).optional(),
        at: instantText.optional(),
      }),
    ),
  },
  responses: {
    200: json(personSchema, 'The person, reachable as consent now allows'),
    ...problems(400, 401, 403, 404),
  },
})
const sendInvitation = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/invite',
  request: { params: onePerson },
  responses: { 200: json(personSchema, 'The person, with invitedAt'), ...problems(401, 403, 404) },
})
const join = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/join',
  summary: 'Two accounts are one person',
  request: { params: onePerson, body: jsonBody(z.strictObject({ goneId: idText, reason: words(500) })) },
  responses: { 200: json(personSchema, 'The person who stays'), ...problems(400, 401, 403, 404, 422) },
})
const endSessions = createRoute({
  method: 'post',
  path: '/api/v1/people/{id}/sign-out',
  tags: ['people'],
  summary: 'Ends their sessions on every device: a lost phone, a mailbox that somebody else reads',
  request: { params: onePerson, body: jsonBody(z.strictObject({ reason: words(500) })) },
  responses: {
    204: { description: 'Signed out everywhere; signing in again is up to them' },
    ...problems(400, 401, 403, 404),
  },
})
export function personRoutes(house: House) {
  const { db, clock, nudge } = house
  const app = router()

  const shownPerson = async (actor: Actor, id: string): Promise<Person | Acquaintance> => {
    const [person] = await visiblePeople(db, actor, { id, after: null, limit: 1 }, clock.now())
    if (!person) throw notFound('person')
    return person
  }

  const mayChange = async (actor: Actor, id: string): Promise<void> =>
    mayElseForbidden(may(actor, 'change', { people: [id], programmes: (await programmesOf(db, [id])).get(id) ?? [] }))

  return app
    .openapi(list, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { limit, cursor, role, email, search } = c.req.valid('query')
      const people = await visiblePeople(
        db,
        actor,
        { role, email, search, after: afterOf(cursor), limit: limit + 1 },
        clock.now(),
      )
      return c.json(page(people, limit), 200)
    })
    .openapi(create, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const wanted = c.req.valid('json')
      const id = await createPerson(db, actor, wanted, clock.now())
      if (isPrivileged(wanted.roles)) note(house, 'roles_changed', actor, { person: id, roles: wanted.roles.join() })
      nudge()
      return c.json(await shownPerson(actor, id), 201)
    })
    .openapi(read, async (c) => c.json(await shownPerson(mustBeKnown(c.get('actor')), c.req.valid('param').id), 200))
    .openapi(change, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { id } = c.req.valid('param')
      const changes = c.req.valid('json')
      if (Object.keys(changes).length === 0) throw invalid({ field: 'body', rule: 'must change something' })
      await changePerson(db, actor, id, changes, clock.now())
      if (changes.roles) note(house, 'roles_changed', actor, { person: id, roles: changes.roles.join() })
      nudge()
      return c.json(await shownPerson(actor, id), 200)
    })
    .openapi(consent, async (c) => {
      const actor = mustBeKnown(c.get('actor'))
      const { id } = c.req.valid('param')
      await shownPerson(actor, id)
      await mayChange(actor, id)
      const { channel, given, source, at: givenAt } = c.req.valid('json')
      const now = clock.now()
      const grantedAt = givenAt ? at(givenAt) : now
      if (Temporal.Instant.compare(grantedAt, now) > 0)
        throw invalid({ field: 'at', rule: 'must not be in the future' })
      if (given && !source && actor.accountId !== id)
        throw invalid({ field: 'source', rule: 'must say where the person agreed' })
      await transact(db, async (tx) => {
        if (given) await grantConsent(tx, { accountId: id, channel, source: source ?? 'own settings', grantedAt }, now)
        else await withdrawConsent(tx, id, channel, actor.label, now)
        const action = given ? 'consent.given' : 'consent.withdrawn'
        await audit(tx, {
          at: now,
          actor: actor.label,
          action,
          objectKind: 'account',
          objectId: id,
          detail: { channel },
        })
      })
      nudge()
      return c.json(await shownPerson(actor, id), 200)
    })
    .openapi(sendInvitation, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { id } = c.req.valid('param')
      const person = await shownPerson(actor, id)
      await mayChange(actor, id)
      if ('deactivatedAt' in person && person.deactivatedAt)
        throw new Refusal('not_possible', 'A deactivated person cannot be invited.')
      const now = clock.now()
      await transact(db, async (tx) => {
        await invite(tx, id, now)
        await audit(tx, { at: now, actor: actor.label, action: 'person.invited', objectKind: 'account', objectId: id })
      })
      nudge()
      return c.json(await shownPerson(actor, id), 200)
    })
    .openapi(endSessions, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { id } = c.req.valid('param')
      await endSessionsOf(db, actor, id, c.req.valid('json').reason, clock.now())
      note(house, 'signed_out_everywhere', actor, { person: id })
      return c.body(null, 204)
    })
    .openapi(join, async (c) => {
      const actor = mustBeOps(c.get('actor'))
      const { id } = c.req.valid('param')
      const { goneId, reason } = c.req.valid('json')
      await joinAccounts(db, actor, { kept: id, gone: goneId, reason }, clock.now())
      nudge()
      return c.json(await shownPerson(actor, id), 200)
    })
}
