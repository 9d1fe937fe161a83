import { z } from '@hono/zod-openapi'
import { type SqlBool, sql } from 'kysely'
import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { pgError, type Tx, transact } from '../database/transaction.ts'
import { invalid, notFound, Refusal } from '../errors.ts'
import { at, instantText } from '../http.ts'
import { newId } from '../ids.ts'
import type { Actor } from './actor.ts'
import { grantConsent, wakePerson } from './consent.ts'
import { channelName, emailText, localeText, nameText, phoneText, roleName, words, zoneText } from './fields.ts'
import { invite } from './invitations.ts'
import { may } from './policy.ts'
import { programmesOf } from './scope.ts'
import { signOutEverywhere } from './sign-in.ts'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be "HH:MM" from 00:00 to 23:59')
const once = <T>(list: T[]): T[] => [...new Set(list)]

const editable = {
  name: nameText,
  email: emailText,
  phone: phoneText.nullable(),
  /** Who they are in Slack: a press on a card then has their rights. Only an admin says so. */
  slackUserId: z
    .string()
    .regex(/^[A-Z0-9]{1,60}$/, 'must be a member id of Slack such as U012AB3CD')
    .nullable(),
  timeZone: zoneText,
  locale: localeText,
  channels: z.array(channelName).max(2).transform(once),
  roles: z.array(roleName).max(4).transform(once),
  aliases: z.array(emailText).max(20).transform(once),
  quietFrom: clockTime,
  quietTo: clockTime,
}

export const newPerson = z
  .strictObject({
    ...editable,
    phone: editable.phone.optional(),
    slackUserId: editable.slackUserId.optional(),
    locale: editable.locale.default('en'),
    channels: editable.channels.default(['whatsapp', 'email']),
    roles: editable.roles.default([]),
    aliases: editable.aliases.default([]),
    quietFrom: editable.quietFrom.optional(),
    quietTo: editable.quietTo.optional(),
    whatsappConsent: z.strictObject({ at: instantText, source: words(200) }).optional(),
    invite: z.boolean().default(false),
  })
  .openapi('NewPerson')
export type NewPerson = z.output<typeof newPerson>

export const personChanges = z
  .strictObject({ ...editable, deactivated: z.boolean() })
  .partial()
  .openapi('PersonChanges')
export type PersonChanges = z.output<typeof personChanges>

/** Makes an account and answers its id. Refuses `forbidden`, and `conflict` for an address that is somebody's. */
export async function createPerson(
  db: Database,
  actor: Actor,
  given: NewPerson,
  now: Temporal.Instant,
): Promise<string> {
  mayElseForbidden(may(actor, 'run', { people: [], programmes: [] }))
  if (given.slackUserId !== undefined) mayElseForbidden(may(actor, 'change_rights', { people: [] }))
  if (isPrivileged(given.roles)) mayElseForbidden(may(actor, 'change_rights', { people: [] }))
  const consentAt = given.whatsappConsent ? at(given.whatsappConsent.at) : null
  if (consentAt && Temporal.Instant.compare(consentAt, now) > 0)
    throw invalid({ field: 'whatsappConsent.at', rule: 'must not be in the future' })
  const id = newId()
  await unlessTaken(() =>
    transact(db, async (tx) => {
      await refuseTakenAddresses(tx, id, [given.email, ...given.aliases])
      await tx
        .insertInto('account')
        .values({
          id,
          created_at: now,
          ...columns(given),
          email: given.email,
          name: given.name,
          time_zone: given.timeZone,
        })
        .execute()
      await setAliases(tx, id, given.aliases, now)
      if (given.whatsappConsent && consentAt) {
        const { source } = given.whatsappConsent
        await grantConsent(tx, { accountId: id, channel: 'whatsapp', source, grantedAt: consentAt }, now)
      }
      if (given.invite) await invite(tx, id, now)
      await audit(tx, {
        at: now,
        actor: actor.label,
        action: 'person.created',
        objectKind: 'account',
        objectId: id,
        detail: { roles: given.roles },
      })
    }),
  )
  return id
}

/** Changes what is given and wakes the person's open sessions: they may be due elsewhere, at another hour, or not at all. */
export async function changePerson(
  db: Database,
  actor: Actor,
  id: string,
  changes: PersonChanges,
  now: Temporal.Instant,
): Promise<void> {
  await unlessTaken(() =>
    transact(db, async (tx) => {
      const { before, programmes } = await mustBeTheirsToChange(tx, actor, id)
      refuseOwnRights(actor, { roles: before.roles, programmes }, changes)
      await refuseTakenAddresses(tx, id, [...(changes.email ? [changes.email] : []), ...(changes.aliases ?? [])])
      const set = columns(changes)
      if (changes.deactivated !== undefined)
        set.deactivated_at = changes.deactivated ? (before.deactivated_at ?? now) : null
      if (Object.keys(set).length > 0) await tx.updateTable('account').set(set).where('id', '=', id).execute()
      if (changes.aliases) await setAliases(tx, id, changes.aliases, now)
      // Who is not of ops any more works for no programme; coming back begins with none.
      if (changes.roles && !changes.roles.includes('ops'))
        await tx.deleteFrom('programme_ops').where('account_id', '=', id).execute()
      if (changes.deactivated) await signOutEverywhere(tx, id)
      await wakePerson(tx, id, now)
      const detail = {
        fields: Object.keys(changes),
        ...(changes.roles ? { roles: { from: before.roles, to: changes.roles } } : {}),
      }
      await audit(tx, {
        at: now,
        actor: actor.label,
        action: 'person.changed',
        objectKind: 'account',
        objectId: id,
        detail,
      })
    }),
  )
}

/** Locks the account. Throws 404 for a person whom the actor does not know, 403 for one whom they may not change. */
async function mustBeTheirsToChange(tx: Tx, actor: Actor, id: string) {
  const before = await tx
    .selectFrom('account')
    .select(['roles', 'deactivated_at'])
    .where('id', '=', id)
    .where('joined_into', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  const programmes = (await programmesOf(tx, [id])).get(id) ?? []
  if (!before || may(actor, 'see_whole', { people: [id], programmes }) !== true) throw notFound('person')
  mayElseForbidden(may(actor, 'change', { people: [id], programmes, privileged: isPrivileged(before.roles) }))
  return { before, programmes }
}

/** Signs a person out on every device, and ends what was asked for to sign in; who may change them may do it. Throws 403, 404. */
export async function endSessionsOf(
  db: Database,
  actor: Actor,
  id: string,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await transact(db, async (tx) => {
    await mustBeTheirsToChange(tx, actor, id)
    await signOutEverywhere(tx, id)
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'person.signed_out',
      objectKind: 'account',
      objectId: id,
      reason,
    })
  })
}

export const isPrivileged = (roles: readonly string[]): boolean => roles.includes('ops') || roles.includes('admin')

export function mayElseForbidden(answer: true | string): void {
  if (answer !== true) throw new Refusal('forbidden', answer)
}

// What only ops decide about somebody: why they are here, who else they are, whether they still are. Rights: only an admin.
function refuseOwnRights(
  actor: Actor,
  { roles, programmes }: { roles: readonly string[]; programmes: readonly string[] },
  changes: PersonChanges,
): void {
  // Whoever is named in Slack acts there with this person's rights.
  if ((changes.roles && rights(changes.roles) !== rights(roles)) || changes.slackUserId !== undefined)
    mayElseForbidden(may(actor, 'change_rights', { people: [] }))
  if (changes.roles || changes.email || changes.aliases || changes.deactivated !== undefined)
    mayElseForbidden(may(actor, 'run', { people: [], programmes }))
}

const rights = (roles: readonly string[]): string => ['ops', 'admin'].filter((role) => roles.includes(role)).join()

type Columns = Partial<{
  name: string
  email: string
  phone_e164: string | null
  slack_user_id: string | null
  time_zone: string
  locale: string
  channels: string[]
  roles: string[]
  quiet_from: string
  quiet_to: string
  deactivated_at: Temporal.Instant | null
}>

function columns(given: Partial<PersonChanges>): Columns {
  const all = {
    name: given.name,
    email: given.email,
    phone_e164: given.phone,
    slack_user_id: given.slackUserId,
    time_zone: given.timeZone,
    locale: given.locale,
    channels: given.channels,
    roles: given.roles,
    quiet_from: given.quietFrom,
    quiet_to: given.quietTo,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

async function setAliases(tx: Tx, accountId: string, aliases: readonly string[], now: Temporal.Instant): Promise<void> {
  // Only what ops said may be unsaid by ops: what was learned from Zoom, Google or a join stays evidence.
  await sql`delete from account_alias where account_id = ${accountId} and learned in ('ops', 'import') and email <> all(${aliases}::text[])`.execute(
    tx,
  )
  if (aliases.length === 0) return
  await tx
    .insertInto('account_alias')
    .values(aliases.map((email) => ({ email, account_id: accountId, learned: 'ops', learned_at: now })))
    .onConflict((conflict) => conflict.column('email').doNothing())
    .execute()
}

async function refuseTakenAddresses(tx: Tx, id: string, addresses: string[]): Promise<void> {
  if (addresses.length === 0) return
  const taken = await tx
    .selectFrom('account')
    .select('email')
    .where('id', '<>', id)
    .where(sql<SqlBool>`email = any(${addresses}::text[])`)
    .union((e) =>
      e
        .selectFrom('account_alias')
        .select('email')
        .where('account_id', '<>', id)
        .where(sql<SqlBool>`email = any(${addresses}::text[])`),
    )
    .execute()
  if (taken.length > 0) throw addressTaken(taken.length)
}

// The sentence names no address: it is kept by whoever logs answers.
const addressTaken = (count: number): Refusal =>
  new Refusal(
    'conflict',
    `${count === 1 ? 'One of these addresses' : `${count} of these addresses`} already belongs to somebody. Open that person, or join the two accounts.`,
    { errors: [{ field: 'email', rule: 'is taken' }] },
  )

// Two requests with one new address at the same moment: the database refuses the second.
async function unlessTaken(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (pgError(error)?.constraint === 'account_slack_user_id_key')
      throw new Refusal('conflict', 'This Slack user is somebody else here.', {
        errors: [{ field: 'slackUserId', rule: 'is taken' }],
      })
    if (pgError(error)?.code === '23505') throw new Refusal('conflict', 'This address already belongs to somebody.')
    throw error
  }
}
