import { clock, dayName } from '../times.ts'
import type { Day } from './Preview.tsx'
import { inWords, patternOf } from './reasons.ts'

/** The same day where there is little room: its times, and behind a line what stands against the others. */
export function DayLine({ day, zone, choose }: { day: Day; zone: string; choose: (at: string) => void }) {
  const free = day.stretches.filter(({ reasons }) => reasons.length === 0)
  const blocked = day.stretches.filter(({ reasons }) => reasons.length > 0)
  return (
    <section className="seen-line">
      <h3>{dayName(day.date)}</h3>
      {free.length === 0 ? (
        <p className="soft">Nothing is offered.</p>
      ) : (
        <p className="chips">
          {free.map(({ startsAt }) => (
            <button type="button" key={startsAt} className="is-free" onClick={() => choose(startsAt)}>
              {clock(startsAt, zone)}
            </button>
          ))}
        </p>
      )}
      <details>
        <summary>Why not at other times?</summary>
        <ul>
          {blocked.map(({ startsAt, endsAt, reasons }) => (
            <li key={`${startsAt} ${reasons.join()}`}>
              <button type="button" className="quiet" onClick={() => choose(later(startsAt, day.from))}>
                <span className={`swatch is-${patternOf(reasons)}`} /> {clock(later(startsAt, day.from), zone)}–
                {endsAt >= day.to ? '24:00' : clock(endsAt, zone)}
              </button>{' '}
              {inWords(reasons)}
            </li>
          ))}
        </ul>
      </details>
    </section>
  )
}

const later = (a: string, b: string): string => (Date.parse(a) > Date.parse(b) ? a : b)
