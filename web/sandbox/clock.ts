import { useMutation, useQuery } from '@tanstack/react-query'
import { hc, type InferRequestType } from 'hono/client'
import type { clockRoutes } from '../../src/sandbox/clock-routes.ts'
import { answer } from '../api.ts'
import { hearNow } from '../now.ts'
import { queries } from '../queries.ts'
import { aboutToAct } from './outside.ts'

/** The time machine's own routes: they exist only where everybody is made up, so they are not part of the app's type. */
const machine = hc<ReturnType<typeof clockRoutes>>('/').sandbox.clock

export type Wish = InferRequestType<typeof machine.advance.$post>['json']
export type Reading = Awaited<ReturnType<typeof readClock>>

async function readClock() {
  const reading = await answer(machine.$get())
  hearNow(reading.now, false)
  return reading
}

/** Where the clock stands and what rings next. While it runs, here or in somebody else's hands, it is looked at often. */
export const useClock = () =>
  useQuery({
    queryKey: ['clock'],
    queryFn: readClock,
    refetchInterval: ({ state }) => (state.data?.running ? 400 : 4_000),
  })

/** Moves the clock; resolves when everything that was due has settled, and everything shown is asked again. */
export function useAdvance() {
  return useMutation({
    mutationKey: ['advance'],
    mutationFn: (json: Wish) => answer(machine.advance.$post({ json })),
    // How far it is can be read off the clock meanwhile.
    onMutate: async () => {
      await aboutToAct()
      setTimeout(() => void queries.invalidateQueries({ queryKey: ['clock'] }), 150)
    },
    onSuccess: ({ now }) => {
      hearNow(now, false)
      return queries.invalidateQueries()
    },
  })
}

/** Lets it run by itself, or stops it: what plays as well as what advances. */
export function usePlay() {
  return useMutation({
    onMutate: (speed: number | null) => (speed === null ? undefined : aboutToAct()),
    mutationFn: (speed: number | null) =>
      speed === null ? answer(machine.halt.$post()) : answer(machine.play.$post({ json: { speed } })),
    onSuccess: (reading) => {
      hearNow(reading.now, false)
      queries.setQueryData(['clock'], reading)
      return queries.invalidateQueries()
    },
  })
}
