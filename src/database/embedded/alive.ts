import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What sets one process apart from a later one with the same number: its start time, in whatever words the system has.
 * Undefined when there is no such process, or when it is a zombie nobody has collected.
 */
export function startOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !exists(pid)) return undefined
  if (process.platform === 'linux') return linuxStart(pid)
  if (process.platform === 'win32') return 'unknown'
  const [state, ...start] = ps(pid, 'state=,lstart=').split(/\s+/)
  return state?.startsWith('Z') ? undefined : start.join(' ') || undefined
}

export const isAlive = (pid: number): boolean => startOf(pid) !== undefined

/** The command line of a process, or '' where the system does not tell. */
export function commandOf(pid: number): string {
  if (process.platform === 'win32') return ''
  if (process.platform !== 'linux') return ps(pid, 'command=')
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// proc(5): the name stands in brackets and may hold anything; the state is field 3, the start in clock ticks field 22.
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const ps = (pid: number, columns: string) =>
  spawnSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? ''
