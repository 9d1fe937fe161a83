import { Link } from '@tanstack/react-router'
import { moment, near } from '../times.ts'
import type { AuditItem } from './Audit.tsx'
import { didWhat, KINDS } from './words.ts'

/** One thing that was done: who, what, to what, why; opens to the detail that was kept. */
export function AuditRow({ item, zone, now }: { item: AuditItem; zone: string; now: string }) {
  return (
    <li data-row>
      <time dateTime={item.at}>{near(item.at, now, zone)}</time>
      <div className="who">
        <p>
          <Link to="/audit" search={{ actor: item.actor }}>
            <bdi>{item.by}</bdi>
          </Link>{' '}
          {didWhat(item.action)} <What item={item} zone={zone} />
        </p>
        {item.reason && (
          <p>
            <q>
              <bdi>{item.reason}</bdi>
            </q>
          </p>
        )}
        {item.detail.length > 0 && (
          <details className="entry">
            <summary className="soft">Detail</summary>
            <dl>
              {item.detail.map(({ name, value }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <bdi>{value}</bdi>
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
      <span className={`state is-${item.seal === null ? 'open' : 'good'}`} title={item.sealedAt ?? undefined}>
        {item.seal === null ? 'not sealed yet' : `seal ${item.seal}`}
      </span>
    </li>
  )
}

function What({ item, zone }: { item: AuditItem; zone: string }) {
  const { objectKind, objectId, objectName, startsAt } = item
  if (!objectId) return null
  if (objectKind === 'session')
    return (
      <Link to="/sessions/$id" params={{ id: objectId }}>
        {startsAt ? moment(startsAt, zone) : 'session'} <bdi>{objectName}</bdi>
      </Link>
    )
  return (
    <Link to="/audit" search={{ object: objectId }}>
      <bdi>{objectName ?? `one of ${KINDS[objectKind]?.toLowerCase() ?? objectKind.replaceAll('_', ' ')}`}</bdi>
    </Link>
  )
}
