import { type FieldError, invalid, Refusal } from '../errors.ts'
import { counted } from '../people/import/csv.ts'
import { importFolder } from '../people/import.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'
import { withDatabase } from './with-database.ts'

export async function importCommand(args: string[], tools: Tools): Promise<number> {
  const { values, positionals } = readArguments(args, 1, { 'dry-run': { type: 'boolean', default: false } })
  const folder = positionals[0]
  if (!folder) throw invalid({ field: 'folder', rule: 'say where the CSV files are: punctual import <folder>' })
  return withDatabase(tools, async (db, now) => {
    try {
      console.log(JSON.stringify(await importFolder(db, folder, now, { dryRun: values['dry-run'] }), null, 2))
      return 0
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const mistakes = error.details.errors as FieldError[] | undefined
      console.error(mistakes?.map(({ field, rule }) => `${field}: ${rule}`).join('\n') ?? error.message)
      console.error(`Nothing was imported${mistakes ? `: ${counted(mistakes)}` : ''}.`)
      return 1
    }
  })
}
