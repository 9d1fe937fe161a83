import { QueryCache, QueryClient } from '@tanstack/react-query'
import { Problem } from './api.ts'
import { hearNow } from './now.ts'

/** What was asked stays shown while it is asked again; what somebody may not see or what is wrong is not asked twice. */
export const queries: QueryClient = new QueryClient({
  // Somebody's rights were changed with the page open: what they may go to is asked anew.
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof Problem && error.status === 403) void queries.invalidateQueries({ queryKey: ['me'] })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: true,
    },
  },
})

/**
 * Server-sent events: whatever was decided, delivered or recorded makes everything shown on the page be asked again. Several
 * within a moment count as one, and what is being asked is not asked again before its answer: a clock that is moved by hours
 * tells of hundreds.
 */
export function listen(isRunning: boolean): () => void {
  const events = new EventSource('/api/v1/events')
  let pending: ReturnType<typeof setTimeout> | null = null
  let isAsking = false
  let hasMore = false
  const askAgain = async () => {
    pending = null
    isAsking = true
    hasMore = false
    await queries.invalidateQueries().finally(() => {
      isAsking = false
    })
    if (hasMore) soon()
  }
  const soon = () => {
    if (isAsking) hasMore = true
    else pending ??= setTimeout(() => void askAgain(), 250)
  }
  const hear = ({ data }: MessageEvent<string>) => {
    hearNow((JSON.parse(data) as { now: string }).now, isRunning)
    soon()
  }
  events.addEventListener('open', (event) => 'data' in event && hear(event as MessageEvent<string>))
  events.addEventListener('changed', hear)
  return () => {
    events.close()
    if (pending) clearTimeout(pending)
  }
}
