import { useSuspenseQuery } from '@tanstack/react-query'
import { answer, api } from './api.ts'

export const meQuery = {
  queryKey: ['me'],
  queryFn: () => answer(api.api.v1.me.$get()),
}

/** Who is signed in: person, rights, zone, and whether this is the sandbox. */
export function useMe() {
  return useSuspenseQuery(meQuery).data
}

/** The zone in which everything is shown to whoever looks. */
export const useZone = (): string => useMe().person?.timeZone ?? 'UTC'

export type Me = ReturnType<typeof useMe>
