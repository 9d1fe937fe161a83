import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { answer, api } from '../api.ts'

const read = () => answer(api.api.v1.connections.$get())
export type ConnectionsAnswer = Awaited<ReturnType<typeof read>>

/** How everything is that the installation hangs on. Asked again once a minute too: a vendor's rest ends without an event. */
export const useConnections = () =>
  useQuery({ queryKey: ['connections'], queryFn: read, placeholderData: keepPreviousData, refetchInterval: 60_000 })
