import { parseArgs } from 'node:util'
import { audit } from '../audit.ts'
import { machineNow } from '../clock.ts'
import { transact } from '../database/transaction.ts'
import { invalid } from '../errors.ts'
import { createToken } from '../people/tokens.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

export async function token(args: string[], tools: Tools): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { scope: { type: 'string', multiple: true, default: ['ops'] }, days: { type: 'string', default: '90' } },
  })
  const name = positionals[0]
  const days = Number(values.days)
  if (!name) throw invalid({ field: 'name', rule: 'say what the token is for: punctual token <name>' })
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    throw invalid({ field: 'days', rule: 'must be a whole number from 1 to 3650' })
  const scopes = values.scope.filter((scope) => scope === 'ops' || scope === 'admin')
  if (scopes.length !== values.scope.length) throw invalid({ field: 'scope', rule: 'must be ops or admin' })
  return withDatabase(tools, async (db, day) => {
    // A token is about a program, not about the rehearsed day: it lives on the machine's clock.
    const now = machineNow()
    const { token } = await transact(db, async (tx) => {
      const made = await createToken(tx, { name, scopes, expiresAt: now.add({ hours: days * 24 }) }, now)
      const detail = { name, scopes, days }
      const act = { at: day, actor: 'command', action: 'token.created', objectKind: 'api_token', objectId: made.id }
      await audit(tx, { ...act, detail })
      return made
    })
    console.log(token)
    console.error(`Shown once. Valid for ${days} days. Send it as "Authorization: Bearer ...".`)
    return 0
  })
}
