import { sql } from 'kysely'
import { finishConnecting, startConnecting } from '../../calendar/connect.ts'
import { notFound, Refusal } from '../../errors.ts'
import type { House } from '../../http.ts'
import { vendorsOf } from '../../vendors/vendors.ts'
import type { Sandbox } from '../start.ts'

/** Every step that the mentor's browser would take to connect their calendar, with all boxes ticked on Google's page. */
export async function connectCalendar(house: House, sandbox: Sandbox, personId: string): Promise<void> {
  const { people } = vendorsOf(house.config)
  if (!people) throw new Refusal('not_possible', 'Google is not configured on this installation.')
  const { rows } = await sql<{ email: string }>`
    select email from account where id = ${personId} and deactivated_at is null`.execute(house.db)
  const email = rows[0]?.email
  if (!email) throw notFound('person')
  const { url, verifier } = startConnecting(house, people, personId, email)
  const back = new URL(await sandbox.consent(url, { email }))
  const answer = {
    code: back.searchParams.get('code') ?? undefined,
    state: back.searchParams.get('state') ?? undefined,
  }
  const outcome = await finishConnecting(house, people, personId, { ...answer, verifier })
  if (outcome !== 'connected') throw new Refusal('not_possible', `Google did not let us in: ${outcome}.`)
}
