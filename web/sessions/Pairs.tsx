import { SessionLink } from '../links.tsx'
import { city, day } from '../times.ts'
import type { SessionsAnswer } from './Sessions.tsx'

/** Kind words: what happened, never what somebody is. */
const OUTCOMES = {
  met: ['good', 'you met'],
  met_late: ['good', 'you met, a little late'],
  short: ['good', 'you met, it ended early'],
  not_met: ['off', 'you did not meet'],
  unclear: ['open', 'not known'],
  cancelled: ['off', 'cancelled'],
  open: ['open', 'not settled yet'],
} as const

/** Each mentee: how many of the pair's sessions are used, and how the last ones went. */
export function Pairs({ pairs, zone }: { pairs: SessionsAnswer['pairs']; zone: string }) {
  if (pairs.length === 0) return null
  return (
    <section aria-labelledby="pairs">
      <h2 id="pairs">Your mentees</h2>
      <ul className="pairs">
        {pairs.map(({ mentee, programme, budget, used, endedAt, past }) => (
          <li className="card" key={`${mentee.id} ${programme}`}>
            <h3>
              <bdi>{mentee.name}</bdi>{' '}
              <span className="soft">
                {city(mentee.timeZone)} · {programme}
                {endedAt && ` · ended ${day(endedAt, zone)}`}
              </span>
            </h3>
            <p>
              {budget === null ? (
                <span className="soft">{used} booked, as many as you both like</span>
              ) : (
                <>
                  <meter min={0} max={budget} value={used} aria-label={`Sessions with ${mentee.name}`} /> {used} of{' '}
                  {budget} used or booked
                </>
              )}
            </p>
            {past.length > 0 && (
              <ul className="past">
                {past.map(({ sessionId, startsAt, outcome }) => {
                  const [tone, words] = OUTCOMES[outcome]
                  return (
                    <li key={sessionId}>
                      <SessionLink id={sessionId}>{day(startsAt, zone)}</SessionLink>{' '}
                      <span className={`state is-${tone}`}>{words}</span>
                    </li>
                  )
                })}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
