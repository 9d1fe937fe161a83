import { useSyncExternalStore } from 'react'

// The clock that decides is the server's: in the sandbox it stands still, live it goes on between two answers.
let known = { now: 0, heard: 0, isRunning: false }
const listeners = new Set<() => void>()
let shownMinute = 0

/** Heard from the server: what time it is there. Older news than what is known changes nothing. */
export function hearNow(now: string, isRunning: boolean): void {
  const at = Date.parse(now)
  if (at < known.now) return
  known = { now: at, heard: performance.now(), isRunning }
  tell()
}

const current = (): number => known.now + (known.isRunning ? performance.now() - known.heard : 0)

function tell(): void {
  const minute = Math.floor(current() / 1000)
  if (minute === shownMinute) return
  shownMinute = minute
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  const timer = setInterval(tell, 1000)
  return () => {
    clearInterval(timer)
    listeners.delete(listener)
  }
}

/** Now, by the server's clock, to the second: ISO 8601 UTC, or null before the first answer. */
export function useNow(): string | null {
  const second = useSyncExternalStore(subscribe, () => shownMinute)
  return second === 0 ? null : new Date(second * 1000).toISOString()
}
