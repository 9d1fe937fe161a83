import { z } from '@hono/zod-openapi'
import { sql } from 'kysely'
import type { Tx } from '../../database/transaction.ts'
import { wakeProgramme } from '../../effects/wake.ts'
import { invalid } from '../../errors.ts'
import { at, instantText } from '../../http.ts'
import { newId } from '../../ids.ts'
import { policyOf } from '../../playbook/policy.ts'
import { emailText, words } from '../fields.ts'
import { newProgramme, setClosedDays } from '../programmes.ts'

export const PROGRAMME = 'programme.json'

const shape = z.strictObject({
  ...newProgramme.shape,
  /** Overrides of the playbook's defaults. */
  policy: z.record(z.string(), z.unknown()).optional(),
  /** Zoom users whose rooms may be used; one with a mentor is that mentor's own, the others are the pool. */
  zoomHosts: z
    .array(z.strictObject({ user: words(254), mentor: emailText.optional() }))
    .max(1000)
    .default([]),
  /** Where a sandbox's clock begins when this folder is its example. */
  clock: instantText.optional(),
})
export type ProgrammeFile = z.output<typeof shape>

/** programme.json, or an `invalid` refusal that names each wrong field as `programme.json room: ...`. */
export function readProgrammeFile(text: string): ProgrammeFile {
  const parsed = shape.safeParse(parseJson(text))
  if (!parsed.success) {
    throw invalid(
      ...parsed.error.issues.map(({ path, message }) => ({
        field: `${PROGRAMME} ${path.join('.') || 'file'}`,
        rule: message,
      })),
    )
  }
  policyOf(parsed.data.policy ?? {})
  return parsed.data
}

export const clockOf = ({ clock }: ProgrammeFile): Temporal.Instant | null => (clock ? at(clock) : null)

/** Makes the programme of that name what the file says; answers its id. The same file again changes nothing. */
export async function writeProgrammeFile(
  tx: Tx,
  file: ProgrammeFile,
  by: string,
  now: Temporal.Instant,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into programme (id, name, booking, room, default_budget, time_zone, slack_channel, created_at)
    values (${newId()}, ${file.name}, ${file.booking}, ${file.room}, ${file.defaultBudget}, ${file.timeZone}, ${file.slackChannel}, ${now})
    on conflict (name) do update set booking = excluded.booking, room = excluded.room, default_budget = excluded.default_budget,
      time_zone = excluded.time_zone, slack_channel = excluded.slack_channel
    returning id`.execute(tx)
  const id = rows[0]!.id
  await setClosedDays(tx, id, file.closedDays)
  if (file.policy) await savePolicy(tx, id, file.policy, by, now)
  await wakeProgramme(tx, id, now)
  return id
}

/** After the people are in: a host may be a mentor's own. */
export async function writeZoomHosts(tx: Tx, { zoomHosts }: ProgrammeFile): Promise<void> {
  for (const { user, mentor } of zoomHosts) {
    const account = mentor ? await accountOf(tx, mentor) : null
    await tx
      .insertInto('zoom_host')
      .values({ id: newId(), zoom_user: user, account_id: account })
      .onConflict((conflict) => conflict.column('zoom_user').doUpdateSet({ account_id: account, retired_at: null }))
      .execute()
  }
}

async function savePolicy(
  tx: Tx,
  programmeId: string,
  policy: Record<string, unknown>,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  await sql`insert into playbook (programme_id, version, settings, saved_at, saved_by)
    select ${programmeId}::uuid, coalesce(max(version), 0) + 1, ${JSON.stringify(policy)}::jsonb, ${now}, ${by} from playbook where programme_id = ${programmeId}
    having coalesce((array_agg(settings order by version desc))[1], '{}') <> ${JSON.stringify(policy)}::jsonb`.execute(
    tx,
  )
}

async function accountOf(tx: Tx, email: string): Promise<string> {
  const account = await tx
    .selectFrom('account')
    .select('id')
    .where('email', '=', email)
    .where('joined_into', 'is', null)
    .executeTakeFirst()
  if (!account) throw invalid({ field: `${PROGRAMME} zoomHosts`, rule: `${email} is nobody's address` })
  return account.id
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    throw invalid({ field: PROGRAMME, rule: 'must be JSON' })
  }
}
