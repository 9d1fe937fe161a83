import { Button } from '@mantine/core'
import { SessionLink } from '../links.tsx'
import { addDays, clock, dateOf, dayName, startOfDay } from '../times.ts'
import { canMove, titleOf } from './session-title.ts'
import type { WeekAnswer, WeekSession } from './Week.tsx'

type Line = { key: string; startsAt: string; endsAt: string; state: string; words: string; session?: WeekSession }

/** The same week in lines, for small screens and for the keyboard: moving is a button here. */
export function DayList({
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
  move: (session: WeekSession) => void
}) {
  const lines = linesOf(week, zone)
  const days = Array.from({ length: 7 }, (_, i) => addDays(monday, i)).map((date) => ({
    date,
    open: week.open.filter((time) => isOn(time, date, zone)),
    lines: lines.filter((line) => isOn(line, date, zone)),
  }))
  const isEmpty = days.every(({ open, lines: list }) => open.length === 0 && list.length === 0)
  if (isEmpty)
    return (
      <section className="card empty">
        <h2>Nothing in this week</h2>
        <p>No hours are open and nothing is booked.</p>
      </section>
    )
  return (
    <section aria-label="The week as a list">
      {days.map(({ date, open, lines: list }) => (
        <section key={date} className="week-day">
          <h2 className="group-title">
            {dayName(date)}{' '}
            <span className="count">
              {open.length === 0
                ? 'closed'
                : `open ${open.map((time) => `${edge(time.startsAt, date, zone, '00:00')}–${edge(time.endsAt, date, zone, '24:00')}`).join(', ')}`}
            </span>
          </h2>
          {list.length > 0 && (
            <ul className="lines">
              {list.map(({ key, startsAt, endsAt, state, words, session }) => (
                <li key={key} data-row>
                  <strong className="time">
                    {edge(startsAt, date, zone, '00:00')}–{edge(endsAt, date, zone, '24:00')}
                  </strong>
                  <span className={`state is-${state}`}>
                    {session?.mentees ? (
                      <SessionLink id={session.sessionId}>
                        <bdi>{words}</bdi>
                      </SessionLink>
                    ) : (
                      <bdi>{words}</bdi>
                    )}
                  </span>
                  {session && canMove(session, now) && (
                    <Button
                      data-actions
                      onClick={() => move(session)}
                      aria-label={`Move ${words}, ${clock(startsAt, zone)}`}
                    >
                      Move …
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
    </section>
  )
}

function linesOf(week: WeekAnswer, zone: string): Line[] {
  return [
    ...week.sessions.map((session) => ({
      key: session.sessionId,
      ...session,
      state: 'good',
      words: titleOf(session),
      session,
    })),
    ...week.holds.map((hold) => ({
      key: hold.id,
      ...hold,
      state: 'open',
      words: `${hold.mentee ?? 'A mentee'} is deciding until ${clock(hold.expiresAt, zone)}`,
    })),
    ...week.busy.map((busy) => ({
      key: `busy ${busy.startsAt}`,
      ...busy,
      state: 'warn',
      words: `Google: ${busy.title ?? 'busy'}`,
    })),
    ...week.absences.map((away) => ({
      key: `away ${away.startsAt}`,
      ...away,
      state: 'off',
      words: away.reason ? `away: ${away.reason}` : 'away',
    })),
  ].toSorted((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt))
}

const isOn = (time: { startsAt: string; endsAt: string }, date: string, zone: string): boolean =>
  Date.parse(time.startsAt) < Date.parse(startOfDay(addDays(date, 1), zone)) &&
  Date.parse(time.endsAt) > Date.parse(startOfDay(date, zone))

const edge = (at: string, date: string, zone: string, limit: string): string =>
  dateOf(at, zone) === date ? clock(at, zone) : limit
