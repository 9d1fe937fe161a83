import { useZone } from '../me.ts'
import { near, span } from '../times.ts'
import type { ConnectionsAnswer } from './query.ts'

/** Whose Google calendar is connected, and since when one is not read any more. Broken ones first. */
export function Calendars({ calendars, now }: Pick<ConnectionsAnswer, 'calendars' | 'now'>) {
  const zone = useZone()
  const broken = calendars.filter(({ brokenAt }) => brokenAt).length
  return (
    <section>
      <h2 className="group-title">
        Calendars <span className="count">{calendars.length}</span>
      </h2>
      {calendars.length === 0 ? (
        <p className="soft">Nobody has connected a Google calendar yet. Weekly hours alone decide.</p>
      ) : (
        <>
          <p>
            <span className={`state is-${broken > 0 ? 'bad' : 'good'}`}>
              {broken > 0 ? `${broken} broken` : 'every connection works'}
            </span>
          </p>
          <div className="scroll">
            <table className="rows blocks">
              <thead>
                <tr>
                  <th scope="col">Whose</th>
                  <th scope="col">How it is</th>
                  <th scope="col">Last read</th>
                  <th scope="col">Sessions ahead</th>
                </tr>
              </thead>
              <tbody>
                {calendars.map((one) => (
                  <tr key={one.id}>
                    <th scope="row">
                      <bdi>{one.person}</bdi>
                    </th>
                    <td>
                      <span className={`state is-${one.tone}`}>
                        {one.words}
                        {one.brokenAt && ` since ${near(one.brokenAt, now, zone)}, ${span(one.brokenAt, now)}`}
                      </span>{' '}
                      {one.why && <span className="soft">{one.why}</span>}
                    </td>
                    <td data-label="Last read">
                      {one.syncedAt ? (
                        <>
                          {near(one.syncedAt, now, zone)} <span className="soft">{span(one.syncedAt, now)} ago</span>
                        </>
                      ) : (
                        '–'
                      )}
                    </td>
                    <td data-label="Sessions ahead">{one.sessions}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  )
}
