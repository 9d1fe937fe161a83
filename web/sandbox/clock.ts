import { useMutation } from '@tanstack/react-query'
import { hc, type InferRequestType } from 'hono/client'
import type { clockRoutes } from '../../src/sandbox/clock-routes.ts'
import { answer } from '../api.ts'
import { hearNow } from '../now.ts'
import { queries } from '../queries.ts'

/** The time machine's own routes: they exist only where everybody is made up, so they are not part of the app's type. */
const machine = hc<ReturnType<typeof clockRoutes>>('/').sandbox.clock

export const clockQuery = { queryKey: ['clock'], queryFn: () => answer(machine.$get()) }

export type Wish = InferRequestType<typeof machine.advance.$post>['json']

/** Moves the clock; resolves when everything that was due has settled, and everything shown is asked again. */
export function useAdvance() {
  return useMutation({
    mutationFn: (json: Wish) => answer(machine.advance.$post({ json })),
    onSuccess: ({ now }) => {
      hearNow(now, false)
      return queries.invalidateQueries()
    },
  })
}
