import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { commandOf, isAlive } from './alive.ts'

export type Postmaster = { pid: number; port: number; ready: boolean }

const FAST_MS = 15_000
const IMMEDIATE_MS = 5_000

/** What the server wrote about itself in its data folder. Lines: pid, folder, start, port, socket, address, memory, state. */
export function readPostmaster(data: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
  } catch {
    return undefined
  }
}

/**
 * Ends a server whose app is gone (the caller holds the folder's lock, so nobody else owns it), and takes away the pid
 * file of one that is dead, is a zombie nobody collects, or whose number now belongs to some other program.
 */
export async function endOrphan(data: string): Promise<void> {
  const postmaster = readPostmaster(data)
  if (!postmaster) return
  const { pid } = postmaster
  if (isOurs(pid, data)) {
    signal(pid, 'SIGINT')
    if (!(await isGone(pid, data, FAST_MS))) signal(pid, 'SIGQUIT')
    if (!(await isGone(pid, data, IMMEDIATE_MS)))
      throw new Error(`The database server left by an earlier run (process ${pid}) does not end.`)
  }
  rmSync(join(data, 'postmaster.pid'), { force: true })
}

const isOurs = (pid: number, data: string) =>
  isAlive(pid) && (process.platform === 'win32' || commandOf(pid).includes(data))

async function isGone(pid: number, data: string, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds
  while (isOurs(pid, data)) {
    if (performance.now() > deadline) return false
    await pause(20)
  }
  return true
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It went by itself.
  }
}
