import { useQuery } from '@tanstack/react-query'
import { answer, api } from '../api.ts'

const read = (id: string) => answer(api.api.v1.sessions[':id'].lanes.$get({ param: { id } }))

export type Desk = Awaited<ReturnType<typeof read>>
export type LaneItem = Desk['lanes']['done'][number]

/** A session as ops work on it, live. */
export const useDesk = (id: string) => useQuery({ queryKey: ['desk', id], queryFn: () => read(id) })

export const namesOf = ({ session }: Desk, of: 'mentor' | 'mentee'): string =>
  session.participants
    .filter(({ role }) => role === of)
    .map(({ name }) => name)
    .join(', ') || 'nobody'
