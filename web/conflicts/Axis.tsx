import { clock, dateOf, moment } from '../times.ts'
import type { ConflictsAnswer } from './Conflicts.tsx'

type Item = ConflictsAnswer['items'][number]

const HOUR = 3_600_000
const MARGIN = 1.5 * HOUR

/** What is in the way, as words: the drawing says nothing that is not also written. */
export const CAUSES: Record<string, string> = {
  calendar: 'busy in Google',
  absence: 'away',
  hours: 'outside the hours',
}

type Bar = { kind: 'session' | 'calendar' | 'absence' | 'open'; from: number; to: number; key: string }

/** The session against what is in its way, on one axis of some hours; under it the same in words. */
export function Axis({ item, zone }: { item: Item; zone: string }) {
  const start = Date.parse(item.startsAt)
  const end = Date.parse(item.endsAt)
  const from = Math.floor((start - MARGIN) / HOUR) * HOUR
  const to = Math.ceil((end + MARGIN) / HOUR) * HOUR
  const place = (a: number, b: number) => {
    const left = Math.max(a, from)
    return {
      left: `${((left - from) / (to - from)) * 100}%`,
      width: `${((Math.max(Math.min(b, to), left) - left) / (to - from)) * 100}%`,
    }
  }
  const bars: Bar[] = [
    ...(item.open ?? []).map(
      (span, n): Bar => ({
        kind: 'open',
        from: Date.parse(span.startsAt),
        to: Date.parse(span.endsAt),
        key: `open ${n}`,
      }),
    ),
    ...item.causes.flatMap(({ cause, startsAt, endsAt }, n): Bar[] =>
      startsAt && endsAt && cause !== 'hours'
        ? [{ kind: cause, from: Date.parse(startsAt), to: Date.parse(endsAt), key: `cause ${n}` }]
        : [],
    ),
    { kind: 'session', from: start, to: end, key: 'session' },
  ]
  const ticks = Array.from({ length: (to - from) / HOUR - 1 }, (_, n) => from + (n + 1) * HOUR)
  return (
    <div className="axis-box">
      <div className="axis" aria-hidden="true">
        {ticks.map((at) => (
          <span key={at} className="tick" style={{ left: place(at, at).left }}>
            {clock(new Date(at).toISOString(), zone)}
          </span>
        ))}
        {bars.map(({ kind, key, ...span }) => (
          <span key={key} className={`bar-of is-${kind}`} style={place(span.from, span.to)} />
        ))}
      </div>
      <ul className="causes">
        {item.causes.map(({ cause, startsAt, endsAt, title }) => (
          <li key={`${cause} ${startsAt}`}>
            <span className={`state is-${cause === 'hours' ? 'open' : cause === 'absence' ? 'warn' : 'bad'}`}>
              {CAUSES[cause]}
            </span>{' '}
            {startsAt && endsAt && <span className="soft">{spanWords(startsAt, endsAt, item.startsAt, zone)}</span>}
            {title && (
              <>
                {' '}
                <bdi className="soft">{title}</bdi>
              </>
            )}
            {cause === 'hours' && <span className="soft">{hoursWords(item, zone)}</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Times alone on the session's own day, else with their days. */
function spanWords(from: string, to: string, startsAt: string, zone: string): string {
  const day = dateOf(startsAt, zone)
  const say = (at: string) => (dateOf(at, zone) === day ? clock(at, zone) : moment(at, zone))
  return `${say(from)}–${say(to)}`
}

function hoursWords({ open }: Item, zone: string): string {
  if (!open || open.length === 0) return 'nothing is open then'
  return `open ${open.map(({ startsAt, endsAt }) => `${clock(startsAt, zone)}–${clock(endsAt, zone)}`).join(', ')} around it`
}
