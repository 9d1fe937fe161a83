import { Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { clock } from '../times.ts'
import { ANSWERS, CHANNELS, VERDICTS } from '../words.ts'
import type { TodayAnswer } from './Today.tsx'

type Row = TodayAnswer['sessions'][number]

/** One line a session: what was sent to whom, what they said, the room, who is in it, the verdict. */
export function SessionRows({ sessions, zone }: { sessions: Row[]; zone: string }) {
  return (
    <div className="scroll">
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Who</th>
            <th scope="col">Reminders: mentor, mentee · WhatsApp, email</th>
            <th scope="col">Answer</th>
            <th scope="col">Room</th>
            <th scope="col">In the room</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <SessionRow key={session.sessionId} session={session} zone={zone} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SessionRow({ session, zone }: { session: Row; zone: string }) {
  const nameOf = (id: string) => session.people.find(({ participantId }) => participantId === id)?.name ?? ''
  const roleOf = (id: string) => session.people.find(({ participantId }) => participantId === id)?.role ?? ''
  const isPair = session.people.length <= 2
  const who = (id: string) => (isPair ? roleOf(id) : nameOf(id))
  return (
    <tr data-row>
      <th scope="row" className="time">
        <Link to="/sessions/$id" params={{ id: session.sessionId }}>
          <time dateTime={session.startsAt}>{clock(session.startsAt, zone)}</time>
        </Link>
      </th>
      <td>
        <Names session={session} who="mentee" /> <span className="soft">with</span>{' '}
        <Names session={session} who="mentor" />
        {session.title && <span className="soft"> {session.title}</span>}
      </td>
      <td className="tiers">
        <Marks session={session} zone={zone} />
      </td>
      <td>
        <div className="stack">
          {session.answers.map(({ participantId, answer }) => {
            const [tone, words] = ANSWERS[answer ?? ''] ?? (['open', 'no answer'] as const)
            return (
              <span key={participantId} className={`state is-${tone}`}>
                {isPair ? words : `${nameOf(participantId)}: ${words}`}
              </span>
            )
          })}
        </div>
      </td>
      <td>
        <span className={`state is-${session.room.tone}`} title={session.room.error ?? undefined}>
          {session.room.words}
          {session.room.at && session.room.words !== 'in the making' ? ` ${clock(session.room.at, zone)}` : ''}
        </span>
      </td>
      <td>
        <div className="stack">
          {session.presence.map(({ participantId, state, at }) => (
            <span key={participantId} className={`state is-${PRESENCE[state][0]}`}>
              {who(participantId)} {PRESENCE[state][1]} {at && clock(at, zone)}
            </span>
          ))}
          {session.unidentified > 0 && <span className="state is-warn">{session.unidentified} unidentified</span>}
        </div>
      </td>
      <td>
        <div className="stack">
          {session.verdicts.map(({ participantId, verdict, stage }) => {
            const [tone, words] = VERDICTS[verdict] ?? (['open', verdict] as const)
            return (
              <span key={participantId} className={`state is-${tone}`}>
                {who(participantId)} {words}
                {stage === 'provisional' && <span className="soft">so far</span>}
              </span>
            )
          })}
        </div>
      </td>
    </tr>
  )
}

const PRESENCE = {
  in: ['good', 'in'],
  was_in: ['off', 'was in'],
  not_in: ['warn', 'not in'],
  not_seen: ['open', 'not seen'],
} as const

const Names = ({ session, who }: { session: Row; who: string }) =>
  session.people
    .filter((person) => person.role === who)
    .map(({ participantId, name }, i) => (
      <span key={participantId}>
        {i > 0 && ', '}
        <bdi>{name}</bdi>
      </span>
    ))

const TIERS = [
  ['4_HOURS', '4 h'],
  ['30_MINUTES', '30 m'],
  ['5_MINUTES', '5 m'],
] as const

/** Outline planned, half sent, full delivered, slash skipped, cross failed; a pointer or the focus says all in words. */
function Marks({ session, zone }: { session: Row; zone: string }) {
  const said = session.marks.map((mark) => {
    const person = session.people.find(({ participantId }) => participantId === mark.participantId)
    const tier = TIERS.find(([tier]) => tier === mark.tier)?.[1]
    return {
      ...mark,
      words: `${tier} to ${person?.name} (${person?.role}), ${CHANNELS[mark.channel]}: ${mark.words}${mark.at ? ` ${clock(mark.at, zone)}` : ''}`,
    }
  })
  return (
    <Tooltip label={said.map(({ words }) => <div key={words}>{words}</div>)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the words behind the marks are for the keyboard too */}
      <span role="img" tabIndex={0} aria-label={said.map(({ words }) => words).join('; ')}>
        {TIERS.map(([tier, short]) => (
          <span className="tier" key={tier}>
            <span className="soft">{short}</span>
            {session.people.map(({ participantId }) => (
              <span className="pair" key={participantId}>
                {said
                  .filter((mark) => mark.tier === tier && mark.participantId === participantId)
                  .map(({ channel, state }) => (
                    <span key={channel} className={`mark is-${state}`} />
                  ))}
              </span>
            ))}
          </span>
        ))}
      </span>
    </Tooltip>
  )
}
