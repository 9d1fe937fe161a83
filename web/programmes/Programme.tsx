import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { Messages } from './Messages.tsx'
import { Pairs } from './Pairs.tsx'
import { Settings } from './Settings.tsx'
import '../desk/desk.css'
import './programmes.css'

const route = getRouteApi('/programmes/$id')

const read = (id: string) => answer(api.api.v1.programmes[':id'].$get({ param: { id } }))
export type ProgrammeAnswer = Awaited<ReturnType<typeof read>>

/** One programme: its pairs, what it says to whom and when, and how it is set up. */
export function Programme() {
  const { id } = route.useParams()
  const { show, pairs } = route.useSearch()
  const asked = useQuery({ queryKey: ['programmes', 'one', id], queryFn: () => read(id) })
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting />
  return (
    <>
      <p>
        <Link to="/programmes">Programmes</Link>
      </p>
      <h1>
        <bdi>{asked.data.name}</bdi>
      </h1>
      <nav className="tabs" aria-label="Of this programme">
        {TABS.map(([tab, name]) => (
          <Link
            key={name}
            to="/programmes/$id"
            params={{ id }}
            search={{ show: tab }}
            activeOptions={{ exact: true }}
            activeProps={{ 'aria-current': 'page' }}
          >
            {name}
          </Link>
        ))}
      </nav>
      {show === 'messages' ? (
        <Messages key={id} id={id} />
      ) : show === 'settings' ? (
        <Settings key={id} programme={asked.data} />
      ) : (
        <Pairs key={id} programme={asked.data} state={pairs ?? 'open'} />
      )}
    </>
  )
}

const TABS = [
  [undefined, 'Pairs'],
  ['messages', 'Policy and messages'],
  ['settings', 'Set-up'],
] as const
