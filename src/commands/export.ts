import { invalid, notFound } from '../errors.ts'
import { SYSTEM } from '../people/actor.ts'
import { exportPerson } from '../people/export-person.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

/** `punctual export <email>`: everything that is held about a person, as JSON on the standard output. */
export function exportCommand(args: string[], tools: Tools): Promise<number> {
  const [email] = readArguments(args, 1, {}).positionals
  if (!email) throw invalid({ field: 'email', rule: 'say who: punctual export <email>' })
  return withDatabase(tools, async (db, now) => {
    const account = await db
      .selectFrom('account')
      .select('id')
      .where('email', '=', email.toLowerCase())
      .executeTakeFirst()
    if (!account) throw notFound('person')
    console.log(JSON.stringify(await exportPerson(db, { ...SYSTEM, label: 'command' }, account.id, now), null, 2))
    return 0
  })
}
