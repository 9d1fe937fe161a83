import { Link } from '@tanstack/react-router'
import { Problem } from '../api.ts'
import { useZone } from '../me.ts'
import { moment } from '../times.ts'

type Fault = { field: string; rule: string }
type InTheWay = { id: string; startsAt: string }

/** What the server refused, by field where it says one, with the sessions that are in the way; or that no answer came yet. */
export function Trouble({ error, isWaiting = false }: { error: Error | null; isWaiting?: boolean }) {
  if (isWaiting)
    return (
      <p className="state is-warn" role="status">
        No answer yet. It is tried again, and done only once.
      </p>
    )
  if (!error) return null
  const details = error instanceof Problem ? error.details : {}
  const faults = Array.isArray(details.errors) ? (details.errors as Fault[]) : []
  const sessions = Array.isArray(details.sessions) ? (details.sessions as InTheWay[]) : []
  return (
    <div className="notice is-bad" role="alert">
      {faults.length > 0 ? (
        <ul className="plain">
          {faults.map(({ field, rule }) => (
            <li key={`${field} ${rule}`}>
              <strong>
                <bdi>{field}</bdi>
              </strong>{' '}
              {rule}
            </li>
          ))}
        </ul>
      ) : (
        <p>{error.message}</p>
      )}
      {sessions.length > 0 && <Sessions sessions={sessions} />}
    </div>
  )
}

function Sessions({ sessions }: { sessions: InTheWay[] }) {
  const zone = useZone()
  return (
    <ul className="plain">
      {sessions.map(({ id, startsAt }) => (
        <li key={id}>
          <Link to="/sessions/$id" params={{ id }}>
            {moment(startsAt, zone)}
          </Link>
        </li>
      ))}
    </ul>
  )
}
