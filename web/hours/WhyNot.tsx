import { useQuery } from '@tanstack/react-query'
import { answer, api } from '../api.ts'
import { city, clock, moment } from '../times.ts'
import type { HoursCheck } from './hours-queries.ts'
import { inWords } from './reasons.ts'

/** One time: whether a mentee sees it, every reason why not, and what it is that stands in the way. */
export function WhyNot({
  id,
  at,
  zone,
  check,
  isSaved,
}: {
  id: string
  at: string
  zone: string
  check: HoursCheck
  isSaved: boolean
}) {
  const ms = Date.parse(at)
  const here = check.stretches.filter(
    ({ startsAt, endsAt }) => Date.parse(startsAt) <= ms && ms < Math.max(Date.parse(endsAt), Date.parse(startsAt) + 1),
  )
  const isOffered = here.some(({ startsAt, reasons }) => reasons.length === 0 && Date.parse(startsAt) === ms)
  const inside = here.find(({ reasons }) => reasons.length === 0)
  const reasons = [...new Set(here.flatMap((one) => one.reasons))]
  const next = check.stretches.find((one) => one.reasons.length === 0 && Date.parse(one.startsAt) > ms)
  return (
    <div className="notice why" role="status">
      <p>
        <strong>{moment(at, zone)}</strong> <span className="soft">in {city(zone)}</span>{' '}
        {here.length === 0
          ? 'lies outside this week.'
          : isOffered
            ? 'is offered.'
            : `is not offered: ${inside && reasons.length === 0 ? `sessions begin at other minutes, here at ${clock(inside.startsAt, zone)}` : inWords(reasons)}.`}
      </p>
      {reasons.some((reason) => ENTITIES.has(reason)) && <InTheWay id={id} at={at} zone={zone} />}
      {!isOffered && next && <p className="soft">The next time that is: {moment(next.startsAt, zone)}.</p>}
      {!isSaved && <p className="soft">This is about what is typed above, not yet saved.</p>}
    </div>
  )
}

const ENTITIES = new Set(['booking', 'session', 'hold', 'calendar', 'host'])

const LAYERS: Record<string, string> = {
  booking: 'A booking',
  session: 'A group session',
  calendar: 'In Google',
  hold: 'A mentee is deciding',
  host: 'Every Zoom room is taken',
}

function InTheWay({ id, at, zone }: { id: string; at: string; zone: string }) {
  const ends = new Date(Date.parse(at) + 15 * 60_000).toISOString()
  const found = useQuery({
    queryKey: ['in-the-way', id, at],
    queryFn: () => answer(api.api.v1.conflicts.check.$post({ json: { mentorId: id, startsAt: at, endsAt: ends } })),
  })
  if (!found.data || found.data.conflicts.length === 0) return null
  return (
    <ul>
      {found.data.conflicts.map((conflict) => (
        <li key={`${conflict.layer} ${conflict.startsAt} ${conflict.endsAt}`}>
          {LAYERS[conflict.layer]} {clock(conflict.startsAt, zone)}–{clock(conflict.endsAt, zone)}{' '}
          {'title' in conflict && conflict.title && <bdi>{conflict.title}</bdi>}
        </li>
      ))}
    </ul>
  )
}
