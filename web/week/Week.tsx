import '../mentor/mentor.css'
import './week.css'
import { Button, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { answer, api } from '../api.ts'
import { useZone } from '../me.ts'
import { MoveSheet, type Moving } from '../mentor/MoveSheet.tsx'
import { NoMentor } from '../mentor/NoMentor.tsx'
import { useMentor } from '../mentor/whose.ts'
import { ZoneSelect } from '../mentor/ZoneSelect.tsx'
import { useNow } from '../now.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { addDays, city, dateOf, mondayOf, startOfDay } from '../times.ts'
import { DayList } from './DayList.tsx'

const Grid = lazy(() => import('./Grid.tsx').then(({ Grid }) => ({ default: Grid })))
const route = getRouteApi('/week')

const readWeek = (id: string, query: { from: string; to: string }) =>
  answer(api.api.v1.mentors[':id'].week.$get({ param: { id }, query }))

export type WeekAnswer = Awaited<ReturnType<typeof readWeek>>
export type WeekSession = WeekAnswer['sessions'][number]

/** A mentor's time: sessions, what is held, what Google says is busy, absences and open hours. Also as a list. */
export function Week() {
  const whose = useMentor(route.useSearch().mentor)
  return whose ? <WeekOf id={whose.id} isOwn={whose.isOwn} /> : <NoMentor />
}

function WeekOf({ id, isOwn }: { id: string; isOwn: boolean }) {
  const own = useZone()
  const { zone: wished, week } = route.useSearch()
  const navigate = useNavigate({ from: '/week' })
  const hasRoom = useMediaQuery('(min-width: 900px)', false, { getInitialValueInEffect: false })
  const zone = wished ?? own
  const known = useNow()
  const now = known ?? new Date(0).toISOString()
  const monday = mondayOf(week ?? dateOf(now, zone))
  const range = { from: startOfDay(monday, zone), to: startOfDay(addDays(monday, 7), zone) }
  const asked = useQuery({
    queryKey: ['mentor', id, 'week', range],
    queryFn: () => readWeek(id, range),
    // Which week it is, is known a moment after the page.
    enabled: Boolean(week ?? known),
    placeholderData: keepPreviousData,
    // What mentees do shows by itself; ops are told at once, a mentor's page asks.
    refetchInterval: 5_000,
  })
  const [moving, setMoving] = useState<Moving | null>(null)
  const go = (change: { zone?: string | undefined; week?: string | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...change }) })
  if (asked.error && !asked.data) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting lines={12} />
  const shown = asked.data
  const start = (session: WeekSession, proposed?: string) =>
    session.bookingId &&
    setMoving({
      bookingId: session.bookingId,
      revision: session.bookingRevision ?? 0,
      startsAt: session.startsAt,
      mentees: session.mentees?.join(', ') ?? '',
      ...(proposed ? { proposed } : {}),
    })
  return (
    <>
      <div className="head">
        <h1>
          {isOwn ? (
            'Your week'
          ) : (
            <>
              Week of <bdi>{shown.mentor.name}</bdi>
            </>
          )}{' '}
          <span className="soft">in {city(zone)}</span>
        </h1>
        <div>
          <Button aria-label="Week before" onClick={() => go({ week: addDays(monday, -7) })}>
            ‹
          </Button>
          <TextInput
            type="date"
            aria-label="Week of"
            value={monday}
            onChange={({ currentTarget }) => currentTarget.value && go({ week: mondayOf(currentTarget.value) })}
          />
          <Button aria-label="Week after" onClick={() => go({ week: addDays(monday, 7) })}>
            ›
          </Button>
          {mondayOf(dateOf(now, zone)) !== monday && <Button onClick={() => go({ week: undefined })}>This week</Button>}
          <ZoneSelect label="Zone" value={zone} onChange={(next) => go({ zone: next === own ? undefined : next })} />
        </div>
      </div>
      {hasRoom && (
        <Suspense fallback={<Waiting lines={12} />}>
          <Grid week={shown} monday={monday} zone={zone} now={now} move={start} />
        </Suspense>
      )}
      <DayList week={shown} monday={monday} zone={zone} now={now} move={start} />
      {moving && <MoveSheet moving={moving} mentorId={id} zone={zone} close={() => setMoving(null)} />}
    </>
  )
}
