import { useZone } from '../me.ts'
import { near, span } from '../times.ts'
import type { ConnectionsAnswer } from './query.ts'

/** What is overdue by more than two minutes, and the periodic work with its next time. */
export function Work({ work, now }: Pick<ConnectionsAnswer, 'work' | 'now'>) {
  const zone = useZone()
  const overdue = work.sessions + work.deliveries + work.mirrors
  const late = work.chores.filter(({ isOverdue }) => isOverdue).length
  return (
    <section>
      <h2 className="group-title">Work</h2>
      <p>
        <span className={`state is-${overdue > 0 ? 'bad' : 'good'}`}>
          {overdue > 0
            ? `overdue: ${work.sessions} sessions, ${work.deliveries} messages, ${work.mirrors} rooms, events and cards`
            : 'nothing is overdue'}
        </span>{' '}
        {late > 0 && <span className="state is-warn">{late} chores are late</span>}
      </p>
      <div className="scroll">
        <table className="rows blocks">
          <thead>
            <tr>
              <th scope="col">Chore</th>
              <th scope="col">How it is</th>
              <th scope="col">Last done</th>
              <th scope="col">Next</th>
            </tr>
          </thead>
          <tbody>
            {work.chores.map((chore) => (
              <tr key={chore.name}>
                <th scope="row">{chore.what}</th>
                <td>
                  {chore.failures > 0 ? (
                    <>
                      <span className="state is-bad">failed {chore.failures} times</span>{' '}
                      <span className="soft">{chore.error}</span>
                    </>
                  ) : chore.isOverdue ? (
                    <span className="state is-warn">late by {span(chore.nextAt, now)}</span>
                  ) : (
                    <span className="state is-good">in time</span>
                  )}
                </td>
                <td data-label="Last done">{chore.lastAt ? near(chore.lastAt, now, zone) : 'not yet'}</td>
                <td data-label="Next">{near(chore.nextAt, now, zone)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
