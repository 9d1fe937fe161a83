import { Button, Select, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { answer, api } from '../api.ts'
import { useMe, useZone } from '../me.ts'
import { programmesQuery } from '../people/People.tsx'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city, dateOf } from '../times.ts'
import { NumbersTable } from './NumbersTable.tsx'
import '../desk/desk.css'
import './numbers.css'

const route = getRouteApi('/numbers')
// Charts are most of what this page weighs; the table is there without them.
const Charts = lazy(() => import('./Charts.tsx'))

type Query = Parameters<typeof api.api.v1.numbers.$get>[0]['query']
const read = (query: Query) => answer(api.api.v1.numbers.$get({ query }))
export type NumbersAnswer = Awaited<ReturnType<typeof read>>

/** Missed sessions, confirmations, lead time and delivery: per week or per mentor, drawn and as the table that is drawn. */
export function Numbers() {
  const zone = useZone()
  const { now } = useMe()
  const search = route.useSearch()
  const today = dateOf(now, zone)
  const shown = {
    from: search.from ?? shift(today, -55),
    to: search.to ?? today,
    by: search.by ?? ('week' as const),
    programme: search.programme,
  }
  const query: Query = {
    from: shown.from,
    to: shift(shown.to, 1),
    timeZone: zone,
    by: shown.by,
    ...(shown.programme ? { programmeId: shown.programme } : {}),
  }
  const asked = useQuery({
    queryKey: ['numbers', query],
    queryFn: () => read(query),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <div className="head">
        <h1>
          Numbers <span className="soft">days as in {city(zone)}</span>
        </h1>
        <Filters shown={shown} file={`/api/v1/numbers.csv?${new URLSearchParams(query as Record<string, string>)}`} />
      </div>
      {asked.error ? (
        <Failed error={asked.error} again={asked.refetch} />
      ) : !asked.data ? (
        <Waiting />
      ) : asked.data.total.sessions + asked.data.total.cancelled === 0 ? (
        <section className="card empty">
          <h2>No sessions begin in this range</h2>
          <p>Choose other days, or another programme.</p>
        </section>
      ) : (
        <>
          <Suspense fallback={<Waiting lines={7} />}>
            <Charts rows={asked.data.rows} by={shown.by} />
          </Suspense>
          <NumbersTable numbers={asked.data} by={shown.by} />
        </>
      )}
    </>
  )
}

type Shown = { from: string; to: string; by: 'week' | 'mentor'; programme: string | undefined }

function Filters({ shown, file }: { shown: Shown; file: string }) {
  const navigate = useNavigate({ from: '/numbers' })
  const programmes = useQuery(programmesQuery).data?.items ?? []
  const day = (field: 'from' | 'to', label: string) => (
    <TextInput
      type="date"
      aria-label={label}
      value={shown[field]}
      onChange={({ currentTarget }) =>
        currentTarget.value && void navigate({ search: (old) => ({ ...old, [field]: currentTarget.value }) })
      }
    />
  )
  return (
    <div>
      {day('from', 'First day')}
      {day('to', 'Last day')}
      <Select
        aria-label="Lines"
        value={shown.by}
        data={[
          { value: 'week', label: 'per week' },
          { value: 'mentor', label: 'per mentor' },
        ]}
        onChange={(by) =>
          void navigate({ search: (old) => ({ ...old, by: by === 'mentor' ? ('mentor' as const) : undefined }) })
        }
      />
      <Select
        aria-label="Programme"
        value={shown.programme ?? ''}
        data={[
          { value: '', label: 'All programmes' },
          ...programmes.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(programme) => void navigate({ search: (old) => ({ ...old, programme: programme || undefined }) })}
      />
      <Button component="a" href={file} download>
        CSV
      </Button>
    </div>
  )
}

const shift = (day: string, by: number): string =>
  new Date(Date.parse(`${day}T12:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)
