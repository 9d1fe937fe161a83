import { Button, Select, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { useMe, useZone } from '../me.ts'
import { TryThis } from '../sandbox/TryThis.tsx'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city, day as dayWords, moment } from '../times.ts'
import { NeedsYou } from './NeedsYou.tsx'
import { SessionRows } from './SessionRows.tsx'

const route = getRouteApi('/today')

export type TodayAnswer = Awaited<ReturnType<typeof readDay>>

const readDay = (query: { day?: string; timeZone: string; programmeId?: string }) =>
  answer(api.api.v1.today.$get({ query }))

/** What needs a person first, then now, next, later, done: one line a session, live. */
export function Today() {
  const zone = useZone()
  const { day, programme } = route.useSearch()
  const query = { timeZone: zone, ...(day ? { day } : {}), ...(programme ? { programmeId: programme } : {}) }
  const asked = useQuery({
    queryKey: ['today', query],
    queryFn: () => readDay(query),
    placeholderData: keepPreviousData,
  })
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting />
  const shown = asked.data
  const isToday = shown.day === shown.today
  return (
    <>
      <div className="head">
        <h1>
          {isToday ? 'Today' : dayWords(`${shown.day}T12:00:00Z`, 'UTC')}{' '}
          <span className="soft">
            {moment(shown.now, zone)} {city(zone)}
          </span>
        </h1>
        <Filters day={shown.day} today={shown.today} sessions={shown.sessions} />
      </div>
      <NeedsYou cases={shown.cases} now={shown.now} zone={zone} />
      {shown.sessions.length === 0 ? (
        <Nothing nextDay={shown.nextDay} />
      ) : (
        <Groups sessions={shown.sessions} isToday={isToday} zone={zone} />
      )}
    </>
  )
}

const GROUPS = [
  ['now', 'Now'],
  ['next', 'Next 4 hours'],
  ['later', 'Later'],
  ['done', 'Done'],
] as const

function Groups({ sessions, isToday, zone }: { sessions: TodayAnswer['sessions']; isToday: boolean; zone: string }) {
  return (
    <>
      {GROUPS.map(([group, name]) => {
        const list = sessions.filter((session) => session.group === group)
        return (
          list.length > 0 && (
            <section key={group}>
              <h2 className="group-title">
                {group === 'later' && !isToday ? 'Planned' : name} <span className="count">{list.length}</span>
              </h2>
              <SessionRows sessions={list} zone={zone} />
            </section>
          )
        )
      })}
      <p className="legend soft">
        {(['planned', 'sent', 'delivered', 'skipped', 'failed'] as const).map((state) => (
          <span key={state}>
            <span className={`mark is-${state}`} /> {state === 'failed' ? 'failed or not certain' : state}
          </span>
        ))}
      </p>
    </>
  )
}

function Filters({ day, today, sessions }: { day: string; today: string; sessions: TodayAnswer['sessions'] }) {
  const navigate = useNavigate({ from: '/today' })
  const { programme } = route.useSearch()
  const go = (to: string) => navigate({ search: (old) => ({ ...old, day: to === today ? undefined : to }) })
  const programmes = new Map(sessions.map(({ programmeId, programmeName }) => [programmeId, programmeName]))
  return (
    <div>
      <Button aria-label="Day before" onClick={() => void go(shift(day, -1))}>
        ‹
      </Button>
      <TextInput
        type="date"
        aria-label="Day"
        value={day}
        onChange={({ currentTarget }) => currentTarget.value && void go(currentTarget.value)}
      />
      <Button aria-label="Day after" onClick={() => void go(shift(day, 1))}>
        ›
      </Button>
      {day !== today && <Button onClick={() => void go(today)}>Today</Button>}
      {(programme || programmes.size > 1) && (
        <Select
          aria-label="Programme"
          value={programme ?? ''}
          data={[
            { value: '', label: 'All programmes' },
            ...[...programmes].map(([value, label]) => ({ value, label })),
          ]}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, programme: value || undefined }) })}
        />
      )}
    </div>
  )
}

function Nothing({ nextDay }: { nextDay: string | null }) {
  const me = useMe()
  const navigate = useNavigate({ from: '/today' })
  return (
    <>
      {me.mode === 'sandbox' && <TryThis isElsewhere />}
      <section className="card empty">
        <h2>No sessions on this day</h2>
        {nextDay ? (
          <p>
            The next one is on{' '}
            <Button onClick={() => void navigate({ search: (old) => ({ ...old, day: nextDay }) })}>
              {dayWords(`${nextDay}T12:00:00Z`, 'UTC')}
            </Button>
          </p>
        ) : (
          <p>Nothing is booked after it either.</p>
        )}
      </section>
    </>
  )
}

const shift = (day: string, by: number): string =>
  new Date(Date.parse(`${day}T12:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)
