import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
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

// A process that was told to end may need this long to be gone; longer would only delay the answer to a mistake.
const PATIENCE_MS = 1_000

/** Takes the folder for this process and answers with the way to give it back. A dead process's claim is taken over. */
export async function lockFolder(folder: string): Promise<() => void> {
  const lock = join(folder, 'lock')
  const mine = join(folder, `lock.${process.pid}`)
  writeFileSync(mine, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }))
  try {
    await claim(folder, mine, lock)
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    if (read(lock)?.pid === process.pid) rmSync(lock, { force: true })
  }
}

async function claim(folder: string, mine: string, lock: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!tryLink(mine, lock)) {
    const holder = livingHolder(lock)
    if (!holder) moveAside(lock, `${mine}.stale`)
    else if (performance.now() < deadline) await pause(50)
    else throw new FolderInUse(folder, holder.pid)
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

// Between the look and the rename another start may have taken over: then what was moved is alive, and goes back.
function moveAside(lock: string, aside: string): void {
  try {
    renameSync(lock, aside)
  } catch {
    return // Somebody else was quicker.
  }
  if (livingHolder(aside)) tryLink(aside, lock)
  rmSync(aside, { force: true })
}

type Holder = { pid: number; start?: string }

function livingHolder(file: string): Holder | undefined {
  const holder = read(file)
  const start = holder && startOf(holder.pid)
  return start !== undefined && start === holder?.start ? holder : undefined
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
