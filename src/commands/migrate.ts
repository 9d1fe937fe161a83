import { machineNow } from '../clock.ts'
import { readConfig } from '../config.ts'
import { migrate } from '../database/migrate.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'

export async function migrateCommand(args: string[], { openDatabase }: Tools): Promise<number> {
  readArguments(args, 0, {})
  const config = readConfig(process.env)
  const { ownerUrl, app, close } = await openDatabase(config)
  try {
    const applied = await migrate(ownerUrl, {
      mode: config.PUNCTUAL_MODE,
      now: machineNow(),
      ...(app ? { app } : {}),
    })
    console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`)
    return 0
  } finally {
    await close()
  }
}
