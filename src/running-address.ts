import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'

// Which address people reach the app at that runs on a data folder: a command beside it makes links, and may have been given no PORT.

const fileOf = ({ PUNCTUAL_DATA_DIR }: Pick<Config, 'PUNCTUAL_DATA_DIR'>): string => join(PUNCTUAL_DATA_DIR, 'address')

/** Leaves `url` in the data folder; answers how to take it back. Whoever is killed leaves it behind, and it is the last known then. */
export function leaveAddress(config: Pick<Config, 'PUNCTUAL_DATA_DIR'>, url: string): () => void {
  writeFileSync(fileOf(config), url)
  return () => rmSync(fileOf(config), { force: true })
}

/** Null when nobody has left one. */
export function runningAddress(config: Pick<Config, 'PUNCTUAL_DATA_DIR'>): string | null {
  try {
    return new URL(readFileSync(fileOf(config), 'utf8').trim()).origin
  } catch {
    return null
  }
}
