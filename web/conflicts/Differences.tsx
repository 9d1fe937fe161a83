import { Link } from '@tanstack/react-router'
import { clock, moment, near, span } from '../times.ts'
import type { ConflictsAnswer } from './Conflicts.tsx'

type Item = ConflictsAnswer['differences'][number]

const DID: Record<Item['kind'], string> = {
  moved: 'moved it in Google',
  deleted: 'deleted it in Google',
  declined: 'declined it in Google',
}

/** What people changed in their own calendars, and what became of it. */
export function Differences({ differences, zone, now }: { differences: Item[]; zone: string; now: string }) {
  return (
    <section>
      <h2 className="group-title">
        Changed in Google <span className="count">{differences.length}</span>
      </h2>
      {differences.length === 0 ? (
        <p className="soft">Nobody has changed a session of ours in Google in the last 7 days.</p>
      ) : (
        <ul className="rows-list card-list">
          {differences.map((item) => (
            <li key={item.id} data-row>
              <span className={`state is-${item.settledAt ? 'off' : 'warn'}`}>
                {item.settledAt ? (item.settledHow ?? 'settled') : item.caseId ? 'waits for you' : 'is followed now'}
              </span>
              <div className="who">
                <Link to="/sessions/$id" params={{ id: item.sessionId }}>
                  {moment(item.startsAt, zone)} <bdi>{item.people}</bdi>
                </Link>
                <p>
                  <bdi>{item.who}</bdi> {DID[item.kind]}
                  {item.movedTo && ` to ${moment(item.movedTo.startsAt, zone)}–${clock(item.movedTo.endsAt, zone)}`},
                  found {near(item.foundAt, now, zone)} <span className="soft">{span(item.foundAt, now)} ago</span>
                </p>
                {item.why && <p className="soft">{item.why}</p>}
              </div>
              {item.caseId && (
                <Link to="/sessions/$id" params={{ id: item.sessionId }} search={{ act: 'move' }} data-actions>
                  Decide
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
