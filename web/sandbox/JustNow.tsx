import { near } from '../times.ts'
import { CHANNELS } from '../words.ts'
import { useHappenings } from './outside.ts'
import { useSince } from './since.ts'

/** What left the system since somebody last acted, and where it arrived; what people and vendors told it in between. */
export function JustNow({ zone, now, isRunning }: { zone: string; now: string; isRunning: boolean }) {
  const since = useSince()
  const happened = useHappenings(since).data
  if (since === null || !happened) return null
  const { items, earlier } = happened
  return (
    <section className="justnow" aria-label="What just happened" aria-live="polite">
      {items.length === 0 ? (
        <p className="soft">{isRunning ? 'Nothing yet …' : 'Nothing left the system, and nobody told it anything.'}</p>
      ) : (
        <ol>
          {items.toReversed().map(({ id, at, channel, who, what, state }, i) => (
            <li key={id} className={i < 12 ? `is-number-${i}` : ''}>
              <span className="at">{near(at, now, zone)}</span>{' '}
              <strong>{CHANNELS[channel] ?? NAMES[channel] ?? channel}</strong>{' '}
              {state === null ? (
                <bdi>{what}</bdi>
              ) : (
                <>
                  <span className="soft">to</span> <bdi>{who}</bdi>: {what}{' '}
                  <span className={`state is-${TONES[state] ?? 'good'}`}>{state}</span>
                </>
              )}
            </li>
          ))}
          {earlier > 0 && <li className="soft">and {earlier} before</li>}
        </ol>
      )}
    </section>
  )
}

const NAMES: Record<string, string> = { zoom: 'Zoom', google: 'Google' }
const TONES: Record<string, string> = {
  'did not arrive': 'bad',
  'came back': 'bad',
  'sent, the phone is off': 'open',
}
