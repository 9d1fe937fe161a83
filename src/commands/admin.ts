import { audit } from '../audit.ts'
import { machineNow } from '../clock.ts'
import { transact } from '../database/transaction.ts'
import { invalid } from '../errors.ts'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { emailText } from '../people/fields.ts'
import { operatorsLink } from '../people/magic-link.ts'
import { runningAddress } from '../running-address.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

/** `punctual admin <email>`: whoever reaches the installation's database may say who its admins are. */
export function admin(args: string[], tools: Tools): Promise<number> {
  const { positionals } = readArguments(args, 1, {})
  const email = emailText.safeParse(positionals[0] ?? '')
  if (!email.success) throw invalid({ field: 'email', rule: 'say who: punctual admin <email>' })
  return withDatabase(tools, async (db, now, config) => {
    const url = config.PUNCTUAL_URL ?? runningAddress(config) ?? `http://localhost:${config.PORT}`
    const here = { ...config, PUNCTUAL_URL: url }
    const { link, isNew } = await enter({ db, config: here }, email.data, machineNow(), now)
    console.log(link)
    console.error(
      `${email.data} ${isNew ? 'has an account now and' : ''} is an admin. The link signs in once, within ten minutes.`,
    )
    return 0
  })
}

/** Gives admin to the account with this address, or to a new one, and makes a link that signs it in. */
export async function enter(
  house: Pick<House, 'db' | 'config'>,
  email: string,
  elapsed: Temporal.Instant,
  now: Temporal.Instant,
): Promise<{ id: string; link: string; isNew: boolean }> {
  const { id, isNew } = await transact(house.db, async (tx) => {
    const known = await tx
      .selectFrom('account')
      .select(['id', 'roles'])
      .where('email', '=', email)
      .where('joined_into', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    const id = known?.id ?? newId()
    const roles = [...new Set([...(known?.roles ?? []), 'admin'])]
    if (known) await tx.updateTable('account').set({ roles, deactivated_at: null }).where('id', '=', id).execute()
    else {
      const name = email.split('@')[0] as string
      await tx.insertInto('account').values({ id, email, name, time_zone: 'UTC', roles, created_at: now }).execute()
    }
    await audit(tx, { at: now, actor: 'command', action: 'person.made_admin', objectKind: 'account', objectId: id })
    return { id, isNew: !known }
  })
  return { id, isNew, link: await operatorsLink(house, id, elapsed) }
}
