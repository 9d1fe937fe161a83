import { useZone } from '../me.ts'
import { near } from '../times.ts'
import type { ConnectionsAnswer } from './query.ts'

type Props = Pick<ConnectionsAnswer, 'pool' | 'hosts' | 'now'>

/** Each parallel session needs a host of its own: what there is against the most that will be needed at once. */
export function Hosts({ pool, hosts, now }: Props) {
  const zone = useZone()
  const most = Math.max(pool.hosts, pool.peak, 1)
  return (
    <section>
      <h2 className="group-title">
        Zoom hosts <span className="count">{hosts.length}</span>
      </h2>
      <p>
        <span className={`state is-${pool.isEnough ? 'good' : 'bad'}`}>
          {pool.isEnough ? 'enough hosts' : `${pool.peak - pool.hosts} too few`}
        </span>{' '}
        {pool.hosts} in the pool, {pool.peak} {pool.peak === 1 ? 'is' : 'are'} needed at once at most
        {pool.peakAt && ` (${near(pool.peakAt, now, zone)})`} <span className="soft">in the next 30 days</span>
      </p>
      <div className="gauge" aria-hidden="true">
        <span className={pool.isEnough ? 'used' : 'used is-over'} style={{ width: `${(pool.peak / most) * 100}%` }} />
        <span className="limit" style={{ left: `${(pool.hosts / most) * 100}%` }} />
      </div>
      {hosts.length === 0 ? (
        <p className="soft">No host is known. Set ZOOM_HOSTS, or let programmes meet on Meet.</p>
      ) : (
        <div className="scroll">
          <table className="rows blocks">
            <thead>
              <tr>
                <th scope="col">Host</th>
                <th scope="col">Whose</th>
                <th scope="col">Now</th>
                <th scope="col">Next</th>
                <th scope="col">Sessions in 30 days</th>
              </tr>
            </thead>
            <tbody>
              {hosts.map((host) => (
                <tr key={host.id}>
                  <th scope="row">
                    <bdi>{host.zoomUser}</bdi>
                  </th>
                  <td data-label="Whose">
                    {host.owner ? <bdi>{host.owner}</bdi> : <span className="soft">pool</span>}
                  </td>
                  <td data-label="Now">
                    {host.busyUntil ? (
                      <span className="state is-good">in a session until {near(host.busyUntil, now, zone)}</span>
                    ) : (
                      <span className="state is-open">free</span>
                    )}
                  </td>
                  <td data-label="Next">{host.nextAt ? near(host.nextAt, now, zone) : '–'}</td>
                  <td data-label="Sessions">{host.sessions}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
