import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { AppRole } from '../app-role.ts'
import { APP, databaseAddress, OWNER } from './address.ts'
import { readPostmaster } from './postmaster.ts'

export type OpenDatabase = {
  /** For the app, whose role owns nothing. */
  databaseUrl: string
  /** For migrations, and for the sandbox's own tables. The same where one role does both. */
  ownerUrl: string
  app?: AppRole
  close: () => Promise<void>
}

/**
 * The database of a Punctual that is running on this folder, for a command beside it. Null when its server is not ready. It is not ours to
 * stop: closing is up to the app.
 */
export function besideRunning(dir: string): OpenDatabase | null {
  const folder = resolve(dir)
  const data = join(folder, 'postgres')
  const postmaster = readPostmaster(data)
  if (!postmaster?.ready) return null
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  const app = { name: APP, password: read('app-password') }
  return {
    databaseUrl: databaseAddress(data, postmaster.port, APP, app.password),
    ownerUrl: databaseAddress(data, postmaster.port, OWNER, read('password')),
    app,
    close: async () => {},
  }
}
