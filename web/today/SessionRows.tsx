import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { clock, near, span } from '../times.ts'
import { answerWords, PRESENCE, VERDICTS } from '../words.ts'
import { GROUPS, type Group, type Line, type Row } from './arrange.ts'
import { Marks } from './Marks.tsx'
import { RowActions } from './RowActions.tsx'

const COLUMNS = ['Time', 'Who', 'Reminders', 'Answer', 'Room', 'In the room', 'Verdict'] as const
const NAMES: Record<Group, string> = { now: 'Now', next: 'Next 4 hours', later: 'Later', done: 'Done' }

type Props = { lines: Line[]; isToday: boolean; now: string; zone: string }

/** One line a session: what was sent to whom, what they said, the room, who is in it, the verdict. One table, so that columns stand below each other. */
export function SessionRows({ lines, isToday, now, zone }: Props) {
  return (
    <>
      <div className="scroll">
        <table className="rows day">
          <caption className="hidden">Sessions of the day</caption>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th scope="col" key={name}>
                  {name}
                  {name === 'Reminders' && <span className="soft"> mentor, mentee</span>}
                </th>
              ))}
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {GROUPS.map((group) => {
              const list = lines.filter((line) => line.group === group)
              if (list.length === 0) return null
              return (
                <Fragment key={group}>
                  <tr className="group-row" data-moves={`group ${group}`}>
                    <th scope="rowgroup" colSpan={8}>
                      <h2 className="group-title">
                        {group === 'later' && !isToday ? 'Planned' : NAMES[group]}{' '}
                        <span className="count">{list.length}</span>
                      </h2>
                    </th>
                  </tr>
                  {list.map(({ session }) => (
                    <SessionRow key={session.sessionId} session={session} now={now} zone={zone} />
                  ))}
                </Fragment>
              )
            })}
          </tbody>
        </table>
      </div>
      <p className="legend soft">
        {(['planned', 'sent', 'delivered', 'skipped', 'failed'] as const).map((state) => (
          <span key={state}>
            <span className={`mark is-${state}`} /> {state === 'failed' ? 'failed or not certain' : state}
          </span>
        ))}
        <span>WhatsApp first, then email</span>
      </p>
    </>
  )
}

function SessionRow({ session, now, zone }: { session: Row; now: string; zone: string }) {
  const { sessionId: id, startsAt, room, people } = session
  const isPair = people.length <= 2
  const find = (participantId: string) => people.find((person) => person.participantId === participantId)
  const who = (participantId: string) => (isPair ? find(participantId)?.role : <bdi>{find(participantId)?.name}</bdi>)
  return (
    <tr data-row data-moves={id}>
      <th scope="row" className="time">
        <time dateTime={startsAt}>{clock(startsAt, zone)}</time>
      </th>
      <td className="who">
        <Link to="/sessions/$id" params={{ id }}>
          <Names session={session} of="mentee" />
        </Link>{' '}
        <span className="soft">with</span> <Names session={session} of="mentor" />
        {session.title && (
          <span className="soft">
            {' '}
            <bdi>{session.title}</bdi>
          </span>
        )}
      </td>
      <td className="tiers">
        <Marks session={session} zone={zone} />
      </td>
      <td data-label="Answer">
        <div className="stack">
          {session.answers.map((one) => {
            const said = answerWords(one, session, now)
            return (
              said && (
                <span key={one.participantId} className={`state is-${said[0]}`}>
                  <span>
                    {!isPair && <>{who(one.participantId)}: </>}
                    {said[1]}
                  </span>
                </span>
              )
            )
          })}
        </div>
      </td>
      <td data-label="Room">
        <span className={`state is-${room.tone}`} title={room.error ?? undefined}>
          <span>
            {room.words}
            {room.at &&
              (room.words === 'in the making' ? `, ${span(room.at, now)}` : ` ${near(room.at, startsAt, zone)}`)}
          </span>
        </span>
      </td>
      <td data-label="In the room">
        <div className="stack">
          {session.presence.map(({ participantId, state, at }) => (
            <span key={participantId} className={`state is-${PRESENCE[state][0]}`}>
              <span>
                {who(participantId)} {PRESENCE[state][1]} {at && clock(at, zone)}
              </span>
            </span>
          ))}
          {session.unidentified > 0 && <span className="state is-warn">{session.unidentified} unidentified</span>}
        </div>
      </td>
      <td data-label="Verdict">
        <div className="stack">
          {session.verdicts.map(({ participantId, verdict, stage }) => {
            const [tone, words] = VERDICTS[verdict] ?? (['open', verdict] as const)
            return (
              <span key={participantId} className={`state is-${tone}`}>
                <span>
                  {who(participantId)} {words} {stage === 'provisional' && <span className="soft">so far</span>}
                </span>
              </span>
            )
          })}
        </div>
      </td>
      <td className="do">
        <RowActions session={session} />
      </td>
    </tr>
  )
}

const Names = ({ session, of }: { session: Row; of: 'mentor' | 'mentee' }) => {
  const names = session.people.filter(({ role }) => role === of)
  if (names.length === 0) return <>nobody</>
  return names.map(({ participantId, name }, i) => (
    <span key={participantId}>
      {i > 0 && ', '}
      <bdi>{name}</bdi>
    </span>
  ))
}
