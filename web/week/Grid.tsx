import '@mantine/schedule/styles.layer.css'
import { Box, UnstyledButton } from '@mantine/core'
import { type ScheduleEventData, WeekView } from '@mantine/schedule'
import { useNavigate } from '@tanstack/react-router'
import { useMe } from '../me.ts'
import { addDays, clock, dateOf, instantOf, startOfDay, wallClock } from '../times.ts'
import { canMove, titleOf } from './session-title.ts'
import type { WeekAnswer, WeekSession } from './Week.tsx'

type Payload = { kind: 'session' | 'hold' | 'busy' | 'away' | 'open'; session?: WeekSession }
type Event = ScheduleEventData<Payload>

/** The week as a grid of the zone's wall clock. A session can be dragged; where it is let go is a proposal, not a deed. */
export function Grid({
  week,
  monday,
  zone,
  now,
  move,
}: {
  week: WeekAnswer
  monday: string
  zone: string
  now: string
  move: (session: WeekSession, to?: string) => void
}) {
  const navigate = useNavigate()
  const { ops } = useMe()
  return (
    <div className="week-grid">
      <WeekView
        date={monday}
        events={eventsOf(week, monday, zone)}
        withHeader={false}
        withAllDaySlots={false}
        withWeekNumber={false}
        weekendDays={[]}
        intervalMinutes={30}
        slotHeight="40px"
        startScrollTime="05:30:00"
        scrollAreaProps={{ mah: 620 }}
        getCurrentTime={() => wallClock(now, zone)}
        highlightToday
        withEventsDragAndDrop
        eventDragInterval={15}
        canDragEvent={({ payload }) => canMove((payload as Payload).session, now)}
        onEventDrop={({ event, newStart }) => {
          const { session } = event.payload as Payload
          const to = instantOf(newStart, zone)
          if (session && to && to !== session.startsAt) move(session, to)
        }}
        onEventClick={({ payload }) => {
          const { session } = payload as Payload
          if (ops && session?.mentees) void navigate({ to: '/sessions/$id', params: { id: session.sessionId } })
        }}
        renderEvent={({ payload, display }, props) => {
          const className = `${props.className ?? ''} week-event is-${(payload as Payload).kind}`
          return display === 'background' ? (
            <Box {...(props as object)} className={className} />
          ) : (
            <UnstyledButton {...props} className={className} />
          )
        }}
      />
    </div>
  )
}

function eventsOf(week: WeekAnswer, monday: string, zone: string): Event[] {
  const pieces = (
    kind: Payload['kind'],
    id: string,
    times: { startsAt: string; endsAt: string },
    title: string,
    more: Partial<Event> & { session?: WeekSession } = {},
  ): Event[] => {
    const { session, ...rest } = more
    return perDay(times, monday, zone).map(({ start, end }, i) => ({
      id: `${kind} ${id} ${i}`,
      title,
      start,
      end,
      color: 'accent',
      payload: session ? { kind, session } : { kind },
      ...rest,
    })) as Event[]
  }
  const background = { display: 'background' } as const
  return [
    ...week.open.flatMap((time, i) => pieces('open', String(i), time, '', background)),
    ...week.absences.flatMap((time, i) => pieces('away', String(i), time, time.reason ?? 'Away', background)),
    ...week.busy.flatMap((time, i) => pieces('busy', String(i), time, `Google: ${time.title ?? 'busy'}`, background)),
    ...week.holds.flatMap((time) =>
      pieces('hold', time.id, time, `${time.mentee ?? 'A mentee'} is deciding until ${clock(time.expiresAt, zone)}`),
    ),
    ...week.sessions.flatMap((session) =>
      pieces('session', session.sessionId, session, `${clock(session.startsAt, zone)} ${titleOf(session)}`, {
        session,
      }),
    ),
  ]
}

/** What lies on each day of the week, on its wall clock; the component ends a day one minute before midnight. */
function perDay(times: { startsAt: string; endsAt: string }, monday: string, zone: string) {
  return Array.from({ length: 7 }, (_, i) => addDays(monday, i)).flatMap((date) => {
    const [from, to] = [startOfDay(date, zone), startOfDay(addDays(date, 1), zone)]
    const starts = Date.parse(times.startsAt) > Date.parse(from) ? times.startsAt : from
    const ends = Date.parse(times.endsAt) < Date.parse(to) ? times.endsAt : to
    if (Date.parse(starts) >= Date.parse(ends)) return []
    const end = dateOf(ends, zone) === date ? wallClock(ends, zone) : `${date} 23:59:00`
    return [{ start: wallClock(starts, zone), end }]
  })
}
