import '../mentor/mentor.css'
import './sessions.css'
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { SessionLink } from '../links.tsx'
import { useZone } from '../me.ts'
import { MoveSheet, type Moving } from '../mentor/MoveSheet.tsx'
import { NoMentor } from '../mentor/NoMentor.tsx'
import { useMentor } from '../mentor/whose.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city, clock, day, near } from '../times.ts'
import { ANSWERS } from '../words.ts'
import { Pairs } from './Pairs.tsx'

const route = getRouteApi('/sessions')

const read = (id: string) => answer(api.api.v1.mentors[':id'].sessions.$get({ param: { id } }))
export type SessionsAnswer = Awaited<ReturnType<typeof read>>
type Ahead = SessionsAnswer['ahead'][number]

/** A mentor's sessions to come, and with each mentee what there was. */
export function Sessions() {
  const whose = useMentor(route.useSearch().mentor)
  const zone = useZone()
  const id = whose?.id ?? ''
  const asked = useQuery({
    queryKey: ['mentor', id, 'sessions'],
    queryFn: () => read(id),
    enabled: whose !== null,
    // The room opens while one looks.
    refetchInterval: 20_000,
  })
  const [moving, setMoving] = useState<Moving | null>(null)
  if (!whose) return <NoMentor />
  if (asked.error && !asked.data) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting />
  const { ahead, pairs, now } = asked.data
  const days = [...Map.groupBy(ahead, ({ startsAt }) => day(startsAt, zone))]
  return (
    <>
      <div className="head">
        <h1>
          {whose.isOwn ? 'Your sessions' : 'Sessions of this mentor'}{' '}
          <span className="soft">times in {city(zone)}</span>
        </h1>
      </div>
      {ahead.length === 0 && (
        <section className="card empty">
          <h2>No sessions ahead</h2>
          <p>
            Mentees book what you offer. <Link to="/hours">Look at your hours and what a mentee sees of them</Link>.
          </p>
        </section>
      )}
      {days.map(([name, list]) => (
        <section key={name}>
          <h2 className="group-title">
            {name} <span className="count">{list.length}</span>
          </h2>
          <ul className="lines">
            {list.map((session) => (
              <AheadLine
                key={session.sessionId}
                session={session}
                zone={zone}
                now={now}
                move={() =>
                  session.bookingId &&
                  setMoving({
                    bookingId: session.bookingId,
                    revision: session.bookingRevision ?? 0,
                    startsAt: session.startsAt,
                    mentees: namesOf(session),
                  })
                }
              />
            ))}
          </ul>
        </section>
      ))}
      <Pairs pairs={pairs} zone={zone} />
      {moving && <MoveSheet moving={moving} mentorId={id} zone={zone} close={() => setMoving(null)} />}
    </>
  )
}

const namesOf = ({ mentees }: Ahead): string => mentees.map(({ name }) => name).join(', ')

function AheadLine({ session, zone, now, move }: { session: Ahead; zone: string; now: string; move: () => void }) {
  const { startsAt, endsAt, title, programme, mentees, manage, join, joinOpensAt } = session
  const hasBegun = Date.parse(startsAt) <= Date.parse(now)
  return (
    <li data-row>
      <strong className="time">
        {clock(startsAt, zone)}–{clock(endsAt, zone)}
      </strong>
      <span className="grows">
        <SessionLink id={session.sessionId}>
          <bdi>{namesOf(session) || 'Nobody yet'}</bdi>
        </SessionLink>{' '}
        <span className="soft">
          {title && <bdi>{title} · </bdi>}
          {programme} ·{' '}
          {mentees
            .map(
              ({ name, timeZone }) =>
                `${clock(startsAt, timeZone)} in ${city(timeZone)}${mentees.length > 1 ? ` for ${name}` : ''}`,
            )
            .join(', ')}
        </span>
      </span>
      <span className="stack">
        {mentees.map(({ id, name, answer: said }) => {
          const [tone, words] = ANSWERS[said ?? ''] ?? (['open', 'no answer yet'] as const)
          return (
            <span key={id} className={`state is-${tone}`}>
              {mentees.length > 1 ? `${name}: ${words}` : words}
            </span>
          )
        })}
      </span>
      <span className="buttons">
        {join ? (
          <Button component="a" href={join} variant="filled">
            Join
          </Button>
        ) : (
          !hasBegun && manage && <span className="soft">room opens {near(joinOpensAt, now, zone)}</span>
        )}
        {!hasBegun && session.bookingId && (
          <Button data-actions onClick={move} aria-label={`Move the session with ${namesOf(session)}`}>
            Move …
          </Button>
        )}
        {manage && (
          <Button
            component="a"
            href={hasBegun ? manage : `${manage}/cancel`}
            aria-label={`${hasBegun ? 'Details of' : 'Cancel'} the session with ${namesOf(session)}`}
          >
            {hasBegun ? 'Details' : 'Cancel …'}
          </Button>
        )}
      </span>
    </li>
  )
}
