import { useSyncExternalStore } from 'react'

// How far everything was when somebody last acted, here or on any other page: what came later is shown as new.
let since: string | null = null
const listeners = new Set<() => void>()

export function actedAt(seen: string): void {
  since = seen
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export const useSince = (): string | null => useSyncExternalStore(subscribe, () => since)
