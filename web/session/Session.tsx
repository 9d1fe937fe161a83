import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { moment } from '../times.ts'

const route = getRouteApi('/sessions/$id')

/** Everything that happened to a session, and everything that will if nothing else happens. */
export function Session() {
  const { id } = route.useParams()
  const zone = useZone()
  const session = useQuery({
    queryKey: ['session', id],
    queryFn: () => answer(api.api.v1.sessions[':id'].$get({ param: { id } })),
  })
  if (session.error) return <Failed error={session.error} again={session.refetch} />
  if (!session.data) return <Waiting />
  return (
    <h1>
      {session.data.participants.map(({ name }) => name).join(' with ')} {moment(session.data.startsAt, zone)}
    </h1>
  )
}
