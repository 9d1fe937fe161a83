import { Button, NumberInput, TextInput } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'
import { answer, api } from '../api.ts'
import { PersonSelect } from '../desk/PersonSelect.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { day } from '../times.ts'
import { EndPair } from './EndPair.tsx'
import type { ProgrammeAnswer } from './Programme.tsx'

type State = 'open' | 'ended'

const read = (id: string, query: { state: State; search?: string; cursor?: string }) =>
  answer(api.api.v1.desk.programmes[':id'].pairs.$get({ param: { id }, query: { limit: '100', ...query } }))
export type Pair = Awaited<ReturnType<typeof read>>['items'][number]

/** Who meets whom, how much of each budget is used, and who takes over. */
export function Pairs({ programme, state }: { programme: ProgrammeAnswer; state: State }) {
  const [search, setSearch] = useState('')
  const wanted = useDeferredValue(search.trim())
  const [ending, setEnding] = useState<Pair | null>(null)
  const [isNew, setNew] = useState(false)
  const asked = useInfiniteQuery({
    queryKey: ['pairs', programme.id, state, wanted],
    queryFn: ({ pageParam }) =>
      read(programme.id, {
        state,
        ...(wanted ? { search: wanted } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? null,
    placeholderData: keepPreviousData,
  })
  const pairs = asked.data?.pages.flatMap(({ items }) => items)
  return (
    <>
      <div className="head">
        <nav className="line" aria-label="Which pairs">
          {(['open', 'ended'] as const).map((one) => (
            <Button
              key={one}
              renderRoot={(props) => (
                <Link
                  to="/programmes/$id"
                  params={{ id: programme.id }}
                  search={one === 'ended' ? { pairs: 'ended' } : {}}
                  {...props}
                  activeOptions={{ exact: true }}
                  activeProps={{ 'aria-current': 'true' }}
                />
              )}
            >
              {one === 'open' ? 'Open' : 'Ended'}
            </Button>
          ))}
        </nav>
        <div>
          <TextInput
            type="search"
            aria-label="Search pairs by name"
            placeholder="Name"
            maxLength={100}
            value={search}
            onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          <Button onClick={() => setNew(true)}>New pair</Button>
        </div>
      </div>
      {asked.error ? (
        <Failed error={asked.error} again={asked.refetch} />
      ) : !pairs ? (
        <Waiting />
      ) : pairs.length === 0 ? (
        <section className="card empty">
          <h2>{wanted ? 'No pair with that name' : state === 'open' ? 'No pairs yet' : 'No pair has ended'}</h2>
          {!wanted && state === 'open' && (
            <p>
              {programme.booking === 'open'
                ? 'A pair is made by the first booking, by “New pair”, or by an import.'
                : 'Make one with “New pair”, or import mentorships.csv.'}
            </p>
          )}
        </section>
      ) : (
        <Rows pairs={pairs} end={setEnding} />
      )}
      {asked.hasNextPage && (
        <Button loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          Show more
        </Button>
      )}
      {ending && <EndPair pair={ending} close={() => setEnding(null)} />}
      {isNew && <NewPair programme={programme} close={() => setNew(false)} />}
    </>
  )
}

function Rows({ pairs, end }: { pairs: Pair[]; end: (pair: Pair) => void }) {
  const zone = useZone()
  return (
    <div className="scroll">
      <table className="rows blocks">
        <thead>
          <tr>
            <th scope="col">Mentee</th>
            <th scope="col">Mentor</th>
            <th scope="col" className="number">
              Used of budget
            </th>
            <th scope="col">From</th>
            <th scope="col">Until</th>
            <th scope="col">
              <span className="hidden">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <tr key={pair.id} data-row>
              <th scope="row">
                <Link to="/people/$id" params={{ id: pair.menteeId }}>
                  <bdi>{pair.mentee}</bdi>
                </Link>
              </th>
              <td>
                <span className="soft">with</span>{' '}
                <Link to="/people/$id" params={{ id: pair.mentorId }}>
                  <bdi>{pair.mentor}</bdi>
                </Link>
                {pair.succeeds && <span className="soft"> (took over)</span>}
              </td>
              <td className="number" data-label="Used">
                <Budget pair={pair} />
              </td>
              <td data-label="From">{day(`${pair.startsOn}T12:00:00Z`, 'UTC')}</td>
              <td data-label="Until">
                {pair.endedAt ? (
                  <>
                    <span className="state is-off">ended {day(pair.endedAt, zone)}</span>{' '}
                    <bdi className="soft">{pair.endedReason}</bdi>
                  </>
                ) : pair.endsOn ? (
                  day(`${pair.endsOn}T12:00:00Z`, 'UTC')
                ) : (
                  <span className="soft">open</span>
                )}
              </td>
              <td>
                {!pair.endedAt && (
                  <Button size="compact-xs" data-actions onClick={() => end(pair)}>
                    Change mentor or end
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Budget = ({ pair: { booked, sessions } }: { pair: Pair }) =>
  sessions === null ? (
    <>
      {booked} <span className="soft">(no limit)</span>
    </>
  ) : booked >= sessions ? (
    <span className="state is-warn">
      {booked} of {sessions}
    </span>
  ) : (
    <>
      {booked} of {sessions}
    </>
  )

function NewPair({ programme, close }: { programme: ProgrammeAnswer; close: () => void }) {
  const [mentorId, setMentor] = useState<string | null>(null)
  const [menteeId, setMentee] = useState<string | null>(null)
  const [sessions, setSessions] = useState<number | string>(programme.defaultBudget)
  const [dates, setDates] = useState<{ startsOn?: string; endsOn?: string }>({})
  const create = useSaid(
    'They are paired.',
    (people: { mentorId: string; menteeId: string }) =>
      answer(
        api.api.v1.mentorships.$post({
          json: {
            programmeId: programme.id,
            ...people,
            sessions: sessions === '' ? null : Number(sessions),
            ...(dates.startsOn ? { startsOn: dates.startsOn } : {}),
            ...(dates.endsOn ? { endsOn: dates.endsOn } : {}),
          },
        }),
      ),
    close,
  )
  return (
    <Sheet
      title={`New pair in ${programme.name}`}
      close={close}
      act="Pair them"
      doIt={() => mentorId && menteeId && create.mutate({ mentorId, menteeId })}
      doing={create}
      isReady={mentorId !== null && menteeId !== null}
    >
      <PersonSelect label="Mentor" as="mentor" required value={mentorId} set={setMentor} />
      <PersonSelect label="Mentee" required value={menteeId} set={setMentee} except={mentorId ? [mentorId] : []} />
      <NumberInput
        label="Budget of sessions"
        description="Empty: no limit"
        min={0}
        max={1000}
        value={sessions}
        onChange={setSessions}
      />
      <div className="fields">
        {(['startsOn', 'endsOn'] as const).map((field) => (
          <TextInput
            key={field}
            type="date"
            label={field === 'startsOn' ? 'From (empty: today)' : 'Until (empty: open)'}
            value={dates[field] ?? ''}
            onChange={({ currentTarget }) => setDates((old) => ({ ...old, [field]: currentTarget.value }))}
          />
        ))}
      </div>
    </Sheet>
  )
}
