import { examine } from '../operations/examine.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

const MARKS = { ok: 'ok ', off: 'off', warn: 'WRN', bad: 'BAD' }

export function doctor(args: string[], tools: Tools): Promise<number> {
  readArguments(args, 0, {})
  return withDatabase(tools, async (db, now, config, ownerUrl) => {
    const { vendors, close } = await tools.vendorsFor(db, ownerUrl, config)
    try {
      const findings = await examine({ db, now, config, vendors })
      for (const { name, state, says } of findings) console.log(`${MARKS[state]}  ${name.padEnd(13)} ${says}`)
      return findings.some(({ state }) => state === 'bad') ? 1 : 0
    } finally {
      vendors.email?.close()
      await close()
    }
  })
}
