import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startOf } from './alive.ts'

/** Another living process works on this data folder. */
export class FolderInUse extends Error {
  override name = 'FolderInUse'
  readonly pid: number
  constructor(folder: string, pid: number) {
    super(
      `Punctual is already running on ${folder} (process ${pid}). ` +
        'Stop that one first, or set PUNCTUAL_DATA_DIR to another folder to run a second installation.',
    )
    this.pid = pid
  }
}

/** Takes the folder for this process and answers with the way to give it back. A dead process's claim is taken over. */
export function lockFolder(folder: string): () => void {
  const lock = join(folder, 'lock')
  const mine = join(folder, `lock.${process.pid}`)
  writeFileSync(mine, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }))
  try {
    while (!tryLink(mine, lock)) reclaim(folder, lock)
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    if (read(lock)?.pid === process.pid) rmSync(lock, { force: true })
  }
}

// A link appears with its content in one step, and only where nothing stood before.
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function reclaim(folder: string, lock: string): void {
  refuseLiving(folder, read(lock))
  const aside = join(folder, `lock.stale.${process.pid}`)
  try {
    renameSync(lock, aside)
  } catch {
    return // Somebody else was quicker.
  }
  // Between the look and the rename another start may have taken over: then what was moved aside is alive.
  const moved = read(aside)
  if (moved && isLiving(moved)) tryLink(aside, lock)
  rmSync(aside, { force: true })
  refuseLiving(folder, moved)
}

type Holder = { pid: number; start?: string }

function refuseLiving(folder: string, holder: Holder | undefined): void {
  if (holder && isLiving(holder)) throw new FolderInUse(folder, holder.pid)
}

function isLiving({ pid, start }: Holder): boolean {
  const now = startOf(pid)
  return now !== undefined && now === start
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
