import type { BulkItem } from '../desk/BulkSheet.tsx'
import { moment } from '../times.ts'

/** Session by session: whom it was with, and the times that are free for both. */
export const BySession = ({ items, zone }: { items: BulkItem[]; zone: string }) => (
  <ul className="effects">
    {items.map(({ sessionId, startsAt, people, times, skipped }) => (
      <li key={sessionId}>
        <strong>{moment(startsAt, zone)}</strong> <bdi>{menteesOf(people)}</bdi>
        {skipped ? (
          <p className="soft">
            {skipped === 'begun' ? 'It has begun, so it stays as it is.' : 'It is cancelled already.'}
          </p>
        ) : (
          times && (
            <p>
              {times.length > 0
                ? `Free for both: ${times.map((time) => moment(time.startsAt, zone)).join(' · ')}`
                : 'No other time is free for both. They are told to ask their programme team.'}
            </p>
          )
        )}
      </li>
    ))}
  </ul>
)

const menteesOf = (people: BulkItem['people']): string =>
  people
    .filter(({ role }) => role === 'mentee')
    .map(({ name }) => name)
    .join(', ')
