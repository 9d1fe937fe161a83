import { clock, dayName } from '../times.ts'
import type { Day } from './Preview.tsx'
import { inWords, patternOf } from './reasons.ts'

/** A day from midnight to midnight of its zone: offered starts, and everything else in the pattern of its cause. */
export function DayColumn({
  day,
  zone,
  at,
  choose,
}: {
  day: Day
  zone: string
  at: string | undefined
  choose: (at: string) => void
}) {
  const [from, to] = [Date.parse(day.from), Date.parse(day.to)]
  const free = day.stretches.filter(({ reasons }) => reasons.length === 0).length
  return (
    <section className="seen-day" aria-label={`${dayName(day.date)}, ${free} times offered`}>
      <h3>{dayName(day.date)}</h3>
      <div className="seen-column">
        {day.stretches.map(({ startsAt, endsAt, reasons }) => {
          const [start, end] = [Math.max(Date.parse(startsAt), from), Math.min(Date.parse(endsAt), to)]
          if (end <= start) return null
          const isFree = reasons.length === 0
          const [opens, closes] = [clock(new Date(start).toISOString(), zone), clock(new Date(end).toISOString(), zone)]
          return (
            <button
              type="button"
              key={`${startsAt} ${reasons.join()}`}
              className={`is-${isFree ? 'free' : patternOf(reasons)}`}
              style={{ top: `${share(start)}%`, height: `${share(end) - share(start)}%` }}
              title={isFree ? `${opens} offered` : `${opens}–${closes} ${inWords(reasons)}`}
              aria-label={isFree ? `${opens} offered` : `${opens} to ${closes} not offered: ${inWords(reasons)}`}
              aria-pressed={at !== undefined && Date.parse(at) >= start && Date.parse(at) < end}
              onClick={(event) => choose(momentIn(event, start, end, isFree))}
            >
              {isFree && end - start >= 25 * 60_000 ? opens : ''}
            </button>
          )
        })}
      </div>
    </section>
  )

  // Drawn by the wall clock, so that 12:00 is on one line in all columns, also on a day of 23 hours.
  function share(ms: number): number {
    if (ms >= to) return 100
    const [hour = '0', minute = '0'] = clock(new Date(ms).toISOString(), zone).split(':')
    return ((Number(hour) * 60 + Number(minute)) / 1440) * 100
  }

  // Where in a stretch somebody points is the time they ask about, in quarters of an hour; by keyboard it is its beginning.
  function momentIn(event: React.MouseEvent<HTMLButtonElement>, start: number, end: number, isFree: boolean): string {
    const { top, height } = event.currentTarget.getBoundingClientRect()
    const isPointed = event.detail > 0 && !isFree && height > 0
    const into = isPointed ? ((event.clientY - top) / height) * (end - start) : 0
    const rounded = start + Math.floor(into / 900_000) * 900_000
    return new Date(rounded).toISOString().replace('.000Z', 'Z')
  }
}
