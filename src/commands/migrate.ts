import { machineNow } from '../clock.ts'
import { readConfig } from '../config.ts'
import { migrate } from '../database/migrate.ts'
import type { Tools } from './commands.ts'

export async function migrateCommand(_args: string[], { openDatabase }: Tools): Promise<number> {
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
