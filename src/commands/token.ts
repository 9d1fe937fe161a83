import { audit } from '../audit.ts'
import { machineNow } from '../clock.ts'
import type { Database } from '../database/pool.ts'
import { transact } from '../database/transaction.ts'
import { invalid } from '../errors.ts'
import { createToken } from '../people/tokens.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

export async function token(args: string[], tools: Tools): Promise<number> {
  const { values, positionals } = readArguments(args, 1, {
    scope: { type: 'string', multiple: true, default: ['ops'] },
    programme: { type: 'string', multiple: true, default: [] },
    days: { type: 'string', default: '90' },
  })
  const name = positionals[0]
  const days = Number(values.days)
  if (!name) throw invalid({ field: 'name', rule: 'say what the token is for: punctual token <name>' })
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    throw invalid({ field: 'days', rule: 'must be a whole number from 1 to 3650' })
  const scopes = values.scope.filter((scope) => scope === 'ops' || scope === 'admin')
  if (scopes.length !== values.scope.length) throw invalid({ field: 'scope', rule: 'must be ops or admin' })
  if (values.programme.length > 0 && scopes.includes('admin'))
    throw invalid({ field: 'programme', rule: 'must be absent: an admin works for all' })
  return withDatabase(tools, async (db, day) => {
    const programmes = values.programme.length === 0 ? null : await programmesNamed(db, values.programme)
    // A token is about a program, not about the rehearsed day: it lives on the machine's clock.
    const now = machineNow()
    const { token } = await transact(db, async (tx) => {
      const made = await createToken(tx, { name, scopes, programmes, expiresAt: now.add({ hours: days * 24 }) }, now)
      const detail = { name, scopes, programmes, days }
      const act = { at: day, actor: 'command', action: 'token.created', objectKind: 'api_token', objectId: made.id }
      await audit(tx, { ...act, detail })
      return made
    })
    console.log(token)
    console.error(`Shown once. Valid for ${days} days. Send it as "Authorization: Bearer ...".`)
    return 0
  })
}

async function programmesNamed(db: Database, names: string[]): Promise<string[]> {
  const found = await db.selectFrom('programme').select(['id', 'name']).where('name', 'in', names).execute()
  const missing = names.filter((name) => !found.some((programme) => programme.name === name))
  if (missing.length > 0) throw invalid({ field: 'programme', rule: `there is no programme "${missing[0]}"` })
  return found.map(({ id }) => id)
}
