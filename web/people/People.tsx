import { Button, Select, TextInput } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { answer, api } from '../api.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { PeopleRows } from './PeopleRows.tsx'
import '../desk/desk.css'
import './people.css'

const route = getRouteApi('/people')
type Search = {
  search?: string
  role?: 'mentor' | 'mentee' | 'ops' | 'admin'
  programme?: string
  only?: 'not_answered' | 'unreachable' | 'paused'
}

export const programmesQuery = {
  queryKey: ['programmes'],
  queryFn: () => answer(api.api.v1.desk.programmes.$get()),
}

const read = ({ search, role, programme, only }: Search, cursor: string | null) =>
  answer(
    api.api.v1.desk.people.$get({
      query: {
        limit: '100',
        ...(search ? { search } : {}),
        ...(role ? { role } : {}),
        ...(programme ? { programmeId: programme } : {}),
        ...(only ? { only } : {}),
        ...(cursor ? { cursor } : {}),
      },
    }),
  )
export type PeopleAnswer = Awaited<ReturnType<typeof read>>

/** Everybody, by name; first how many need something. */
export function People() {
  const search: Search = route.useSearch()
  const asked = useInfiniteQuery({
    queryKey: ['people', 'list', search],
    queryFn: ({ pageParam }) => read(search, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? null,
    placeholderData: keepPreviousData,
  })
  const pages = asked.data?.pages
  const people = pages?.flatMap(({ items }) => items) ?? []
  return (
    <>
      <div className="head">
        <h1>People</h1>
        <div>
          <Button renderRoot={(props) => <Link to="/people/import" {...props} />}>Import from CSV</Button>
        </div>
      </div>
      <Filters search={search} counts={pages?.[0]?.counts ?? null} />
      {asked.error ? (
        <Failed error={asked.error} again={asked.refetch} />
      ) : !pages ? (
        <Waiting />
      ) : people.length === 0 ? (
        <Nobody search={search} />
      ) : (
        <>
          <PeopleRows people={people} />
          {asked.hasNextPage && (
            <Button loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
              Show more
            </Button>
          )}
        </>
      )}
    </>
  )
}

const ONLY = [
  [undefined, 'Everybody', 'all'],
  ['not_answered', 'Invitation not answered', 'notAnswered'],
  ['unreachable', 'Unreachable', 'unreachable'],
  ['paused', 'Bookings paused', 'paused'],
] as const

function Filters({ search, counts }: { search: Search; counts: PeopleAnswer['counts'] | null }) {
  const navigate = useNavigate({ from: '/people' })
  const programmes = useQuery(programmesQuery).data?.items ?? []
  const [text, setText] = useState(search.search ?? '')
  // Typed letter by letter, asked for when the hand rests.
  useEffect(() => {
    const wanted = text.trim() || undefined
    const rest = setTimeout(() => {
      void navigate({ search: (old) => (old.search === wanted ? old : { ...old, search: wanted }), replace: true })
    }, 200)
    return () => clearTimeout(rest)
  }, [text, navigate])
  return (
    <div className="head">
      <fieldset className="line" aria-label="Who">
        {ONLY.map(([only, name, count]) => (
          <Button
            key={name}
            aria-pressed={search.only === only}
            onClick={() => void navigate({ search: (old) => ({ ...old, only }) })}
          >
            {name} {counts && <span className="soft">&nbsp;{counts[count]}</span>}
          </Button>
        ))}
      </fieldset>
      <div>
        <TextInput
          type="search"
          aria-label="Search by name, address or number"
          placeholder="Name, address, number"
          value={text}
          maxLength={100}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Select
          aria-label="Role"
          value={search.role ?? ''}
          data={[
            { value: '', label: 'Any role' },
            { value: 'mentor', label: 'Mentors' },
            { value: 'mentee', label: 'Mentees' },
            { value: 'ops', label: 'Ops' },
            { value: 'admin', label: 'Admins' },
          ]}
          onChange={(role) =>
            void navigate({ search: (old) => ({ ...old, role: (role || undefined) as Search['role'] }) })
          }
        />
        <Select
          aria-label="Programme"
          value={search.programme ?? ''}
          data={[
            { value: '', label: 'All programmes' },
            ...programmes.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(programme) => void navigate({ search: (old) => ({ ...old, programme: programme || undefined }) })}
        />
      </div>
    </div>
  )
}

const NOBODY = {
  not_answered: 'Everybody who was invited has answered.',
  unreachable: 'Everybody can be reached.',
  paused: 'Nobody’s bookings are paused.',
} as const

const Nobody = ({ search }: { search: Search }) => {
  const isSearched = search.search || search.role || search.programme
  return (
    <section className="card empty">
      <h2>{isSearched ? 'Nobody like that' : search.only ? NOBODY[search.only] : 'Nobody yet'}</h2>
      {isSearched ? (
        <p>
          <Link to="/people">Show everybody</Link>
        </p>
      ) : (
        !search.only && (
          <p>
            <Link to="/people/import">Bring people in from CSV</Link>
          </p>
        )
      )}
    </section>
  )
}
