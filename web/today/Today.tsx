import './today.css'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useRef } from 'react'
import { answer, api, Problem } from '../api.ts'
import { useMe, useZone } from '../me.ts'
import { useGliding } from '../motion.ts'
import { Trouble } from '../shell/Trouble.tsx'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city, day as dayWords, moment } from '../times.ts'
import type { Case, Row } from './arrange.ts'
import { Filters } from './Filters.tsx'
import { NeedsYou } from './NeedsYou.tsx'
import { Nothing } from './Nothing.tsx'
import { SessionRows } from './SessionRows.tsx'
import { Summary } from './Summary.tsx'
import { useSteady } from './useSteady.ts'

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
  // Whoever may not see the day any more does not go on seeing what was read before.
  if (asked.error instanceof Problem && asked.error.status === 403) return <Trouble error={asked.error} />
  if (!asked.data) return asked.error ? <Failed error={asked.error} again={asked.refetch} /> : <Waiting />
  return (
    <>
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
      <Day shown={asked.data} zone={zone} asked={JSON.stringify(query)} />
    </>
  )
}

function Day({ shown, zone, asked }: { shown: TodayAnswer; zone: string; asked: string }) {
  const { q = '' } = route.useSearch()
  const isSandbox = useMe().mode === 'sandbox'
  const isToday = shown.day === shown.today
  const found = { cases: shown.cases.filter(names(q)), sessions: shown.sessions.filter(names(q)) }
  const { cases, lines, waiting, settle, hand } = useSteady(found, `${asked} ${q}`)
  const box = useRef<HTMLDivElement>(null)
  useGliding(box)
  return (
    <>
      <div className="head">
        <h1>
          {isToday ? 'Today' : dayWords(`${shown.day}T12:00:00Z`, 'UTC')}{' '}
          <span className="soft">
            {!isToday && 'now '}
            {moment(shown.now, zone)} {city(zone)}
          </span>
        </h1>
        <Filters day={shown.day} today={shown.today} programmes={shown.programmes} />
      </div>
      {isToday && shown.sessions.length > 0 && <Summary now={shown.now} zone={zone} />}
      <div ref={box} {...hand}>
        <NeedsYou cases={cases} now={shown.now} zone={zone} isFiltered={q !== ''} onSettled={settle} />
        {shown.sessions.length === 0 ? (
          <Nothing nextDay={shown.nextDay} isSandbox={isSandbox} />
        ) : lines.length === 0 ? (
          <p className="card empty soft">No session of this day has “{q}” in a name.</p>
        ) : (
          <SessionRows lines={lines} isToday={isToday} now={shown.now} zone={zone} />
        )}
      </div>
      <p className="waiting soft" role="status">
        {waiting > 0 &&
          `${waiting} ${waiting === 1 ? 'line moves' : 'lines move'} when the pointer leaves the list or rests.`}
      </p>
    </>
  )
}

/** Whether somebody in it, or what it is about, has these letters in the name. */
function names(q: string) {
  const wanted = folded(q.trim())
  return (one: Case | Row): boolean =>
    wanted === '' ||
    folded(
      [one.title, ...one.people.map(({ name }) => name), 'who' in one ? one.who : one.programmeName].join(' '),
    ).includes(wanted)
}

/** "Zoë" is found by "zoe". */
const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase()
