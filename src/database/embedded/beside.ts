import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { databaseAddress } from './address.ts'
import { readPostmaster } from './postmaster.ts'

/**
 * The database of a Punctual that is running on this folder, for a command beside it. Null when its server is not ready. It is not ours to
 * stop: closing is up to the app.
 */
export function besideRunning(dir: string): { databaseUrl: string; close: () => Promise<void> } | null {
  const folder = resolve(dir)
  const data = join(folder, 'postgres')
  const postmaster = readPostmaster(data)
  if (!postmaster?.ready) return null
  const password = readFileSync(join(folder, 'password'), 'utf8').trim()
  return { databaseUrl: databaseAddress(data, postmaster.port, 'punctual', password), close: async () => {} }
}
