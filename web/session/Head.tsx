import { Link } from '@tanstack/react-router'
import { city, clock, moment, near, span } from '../times.ts'
import { answerWords, VERDICTS } from '../words.ts'
import { type Desk, namesOf } from './desk.ts'
import { Pair } from './Pair.tsx'

/** Who and when, in everybody's own time; where it stands; what each said and how they were judged. */
export function Head({ desk, zone }: { desk: Desk; zone: string }) {
  const { session, room, now } = desk
  const zones = [...new Set(session.participants.map(({ timeZone }) => timeZone))].filter((one) => one !== zone)
  return (
    <>
      <div className="head">
        <h1>
          <bdi>{session.title ?? namesOf(desk, 'mentee')}</bdi> <span className="soft">with</span>{' '}
          <bdi>{namesOf(desk, 'mentor')}</bdi>
        </h1>
        <p className="when">
          <strong>
            {moment(session.startsAt, zone)}–{clock(session.endsAt, zone)}
          </strong>{' '}
          {city(zone)}
          {zones.map((other) => (
            <span className="soft" key={other}>
              {' '}
              · {near(session.startsAt, session.startsAt, other)} {city(other)}
            </span>
          ))}
        </p>
      </div>
      <p className="facts">
        <Status desk={desk} />
        {session.status === 'scheduled' && (
          <span className={`state is-${room.tone}`} title={room.error ?? undefined}>
            room {room.words}
            {room.at && (room.words === 'in the making' ? `, ${span(room.at, now)}` : ` ${near(room.at, now, zone)}`)}
          </span>
        )}
        <span className="soft">
          <bdi>{session.programmeName}</bdi>
        </span>
        {session.calendarUnchecked && (
          <span className="state is-warn">booked while the mentor’s calendar could not be read</span>
        )}
      </p>
      <ul className="people">
        {session.participants.map(({ id, name, role, timeZone, answer, verdict, stage }) => (
          <li key={id}>
            <span className="soft">{role}</span> <bdi>{name}</bdi> <span className="soft">{city(timeZone)}</span>{' '}
            <Said desk={desk} id={id} answer={answer} />{' '}
            {verdict && (
              <span className={`state is-${VERDICTS[verdict]?.[0] ?? 'open'}`}>
                {VERDICTS[verdict]?.[1] ?? verdict} <span className="soft">{stage}</span>
              </span>
            )}
          </li>
        ))}
      </ul>
      <Pair desk={desk} zone={zone} />
    </>
  )
}

function Said({ desk, id, answer }: { desk: Desk; id: string; answer: string | null }) {
  const asked = desk.answers.find(({ participantId }) => participantId === id)
  // A mentor is not asked, and yet may say that they can't come.
  if (!asked && !answer) return null
  const said = answerWords({ answer, askedAt: asked?.askedAt ?? null }, desk.session, desk.now)
  return said && <span className={`state is-${said[0]}`}>{said[1]}</span>
}

function Status({ desk: { session, now } }: { desk: Desk }) {
  if (session.status === 'merged')
    return (
      <span className="state is-off">
        joined with{' '}
        <Link to="/sessions/$id" params={{ id: session.mergedInto ?? session.id }}>
          another session
        </Link>
      </span>
    )
  if (session.status === 'cancelled')
    return <span className="state is-off">cancelled {session.cancelReason && <q>{session.cancelReason}</q>}</span>
  if (now < session.startsAt) return <span className="state is-open">planned, in {span(now, session.startsAt)}</span>
  return now < session.endsAt ? (
    <span className="state is-good">happening now</span>
  ) : (
    <span className="state is-off">over</span>
  )
}
