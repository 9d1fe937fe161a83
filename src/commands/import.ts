import { parseArgs } from 'node:util'
import { invalid, Refusal } from '../errors.ts'
import { importFolder } from '../people/import.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

export async function importCommand(args: string[], tools: Tools): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false } },
  })
  const folder = positionals[0]
  if (!folder) throw invalid({ field: 'folder', rule: 'say where the CSV files are: punctual import <folder>' })
  return withDatabase(tools, async (db, now) => {
    try {
      console.log(JSON.stringify(await importFolder(db, folder, now, { dryRun: values['dry-run'] }), null, 2))
      return 0
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const lines = (error.details.errors as { field: string; rule: string }[] | undefined)?.map(
        ({ field, rule }) => `${field}: ${rule}`,
      ) ?? [error.message]
      console.error(lines.join('\n'))
      console.error(`Nothing was imported: ${lines.length} ${lines.length === 1 ? 'line is' : 'lines are'} bad.`)
      return 1
    }
  })
}
