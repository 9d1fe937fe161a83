import { clock, moment, near } from '../times.ts'
import type { ConflictsAnswer } from './Conflicts.tsx'

type Item = ConflictsAnswer['refused'][number]
type Conflict = NonNullable<Item['details']['conflicts']>[number]

const WHY: Record<string, string> = {
  slot_taken: 'the time was taken',
  not_offered: 'not a time that is offered',
  budget_spent: 'no sessions left',
  not_paired: 'not a pair',
  mentorship_ambiguous: 'in more than one programme together',
}
const RULES: Record<string, string> = {
  hours: 'outside the hours',
  grid: 'not a start on the grid',
  past: 'in the past',
  notice: 'too soon',
  horizon: 'too far ahead',
  cap: 'the day or week is full',
  closed_day: 'a closed day',
  absence: 'the mentor is away',
  paused: 'bookings are paused',
}
const LAYERS: Record<string, string> = {
  booking: 'a booking',
  session: 'a published session',
  calendar: 'busy in Google',
  hold: 'a time being held',
  host: 'no video room free',
}

/** Attempts of the last 7 days to which the answer was no, with what was in the way and what was offered instead. */
export function Refused({ refused, zone, now }: { refused: Item[]; zone: string; now: string }) {
  return (
    <section>
      <h2 className="group-title">
        Refused in the last 7 days <span className="count">{refused.length}</span>
      </h2>
      {refused.length === 0 ? (
        <p className="soft">Nobody was refused a time.</p>
      ) : (
        <ul className="rows-list card-list">
          {refused.map((item) => (
            <li key={item.id}>
              <time dateTime={item.at} className="soft">
                {near(item.at, now, zone)}
              </time>
              <div className="who">
                <p>
                  <bdi>{item.mentee ?? item.by}</bdi> wanted <strong>{moment(item.startsAt, zone)}</strong>{' '}
                  <span className="soft">with</span> <bdi>{item.mentor}</bdi>
                  {item.mentee && item.by !== item.mentee && <span className="soft"> · asked by {item.by}</span>}
                </p>
                <p>
                  <span className="state is-warn">{WHY[item.code] ?? item.code.replaceAll('_', ' ')}</span>{' '}
                  <span className="soft">{reasons(item, zone)}</span>
                </p>
                {item.details.alternatives && item.details.alternatives.length > 0 && (
                  <p className="soft">
                    Offered instead:{' '}
                    {item.details.alternatives.map(({ startsAt }) => moment(startsAt, zone)).join(' · ')}
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function reasons(item: Item, zone: string): string {
  const { conflicts = [], reasons: rules = [] } = item.details
  return [
    ...conflicts.map((one) => inTheWay(one, item, zone)),
    ...rules.map((one) => RULES[one] ?? one.replaceAll('_', ' ')),
  ].join(' · ')
}

function inTheWay({ layer, startsAt, endsAt, whose, title }: Conflict, wanted: Item, zone: string): string {
  // They do not meet: what stands between them is the pause.
  const isBeside = endsAt <= wanted.startsAt || wanted.endsAt <= startsAt
  const isKept = isBeside && whose === 'mentor' && (layer === 'booking' || layer === 'session')
  return `${LAYERS[layer] ?? layer}${title ? ` “${title}”` : ''} ${clock(startsAt, zone)}–${clock(endsAt, zone)}${whose === 'mentee' ? ' of the mentee' : ''}${isKept ? ', and the mentor keeps a pause beside it' : ''}`
}
