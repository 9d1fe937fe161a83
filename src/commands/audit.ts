import { verifyAudit } from '../audit-seal.ts'
import { invalid } from '../errors.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

/** `punctual audit verify`: 0 when the chain holds, 1 and every break when it does not. */
export function auditCommand(args: string[], tools: Tools): Promise<number> {
  const [what] = readArguments(args, 1, {}).positionals
  if (what !== 'verify') throw invalid({ field: 'audit', rule: 'say what to do: punctual audit verify' })
  return withDatabase(tools, async (db) => {
    const { seals, rows, head, unsealed, unsealedFrom, breaks } = await verifyAudit(db)
    console.log(`${count(rows, 'row')} under ${count(seals, 'seal')}.`)
    console.log(
      unsealed === 0
        ? 'Every row is sealed.'
        : `${count(unsealed, 'row')} ${unsealed === 1 ? 'is' : 'are'} not sealed yet, from ${unsealedFrom} on.`,
    )
    if (head) console.log(`Head ${head}`)
    for (const { seal, why } of breaks) console.error(`BROKEN at seal ${seal}: ${why}`)
    return breaks.length === 0 ? 0 : 1
  })
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
