import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readPostmaster } from './postmaster.ts'

/**
 * The database of a Punctual that is running on this folder, for a command beside it. Null when its server is not ready. It is not ours to
 * stop: closing is up to the app.
 */
export function besideRunning(dir: string): { databaseUrl: string; close: () => Promise<void> } | null {
  const folder = resolve(dir)
  const postmaster = readPostmaster(join(folder, 'postgres'))
  if (!postmaster?.ready) return null
  const password = readFileSync(join(folder, 'password'), 'utf8').trim()
  return { databaseUrl: `postgresql://punctual:${password}@127.0.0.1:${postmaster.port}/postgres`, close: async () => {} }
}
