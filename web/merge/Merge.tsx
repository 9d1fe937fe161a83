import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { Choose } from './Choose.tsx'
import { Preview } from './Preview.tsx'
import { Recent } from './Recent.tsx'
import './merge.css'

const route = getRouteApi('/merge')

const read = (sessionId: string | undefined) =>
  answer(api.api.v1.merges.$get({ query: sessionId ? { sessionId } : {} }))

export type MergeAnswer = Awaited<ReturnType<typeof read>>

/** Sessions of one mentor become one: choose them, see everything that follows, one button; and it can be taken back. */
export function Merge() {
  const zone = useZone()
  const navigate = useNavigate({ from: '/merge' })
  const { sessions } = route.useSearch()
  const chosen = sessions?.split(',') ?? []
  const [first] = chosen
  const asked = useQuery({
    queryKey: ['merges', first ?? null],
    queryFn: () => read(first),
    placeholderData: keepPreviousData,
  })
  const choose = (ids: string[]) =>
    void navigate({ search: ids.length > 0 ? { sessions: ids.join(',') } : {}, replace: ids.length > 1 })
  if (!asked.data) return asked.error ? <Failed error={asked.error} again={asked.refetch} /> : <Waiting />
  const { groups, recent, now } = asked.data
  return (
    <>
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
      <div className="head">
        <h1>Merge sessions</h1>
      </div>
      <div className="merge-halves">
        <Choose groups={groups} chosen={chosen} choose={choose} zone={zone} />
        <Preview chosen={chosen} zone={zone} now={now} groups={groups} done={() => choose([])} />
      </div>
      <Recent recent={recent} zone={zone} now={now} />
    </>
  )
}
