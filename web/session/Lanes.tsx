import { useRef } from 'react'
import { ButtonLink } from '../links.tsx'
import { useGliding } from '../motion.ts'
import { clock, dateOf, moment, near } from '../times.ts'
import type { Desk, LaneItem } from './desk.ts'

const LANES = ['mentor', 'room', 'mentee', 'ops'] as const

/** Four lanes against one axis of time: what happened above the line of now, what is planned faint below it. */
export function Lanes({ desk, zone }: { desk: Desk; zone: string }) {
  const { now, lanes, session } = desk
  const box = useRef<HTMLDivElement>(null)
  useGliding(box)
  return (
    <div className="scroll" ref={box}>
      <table className="rows lanes">
        <caption className="hidden">What happened, and what is planned</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {LANES.map((lane) => (
              <th scope="col" key={lane}>
                {lane}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Moments items={lanes.done} zone={zone} sessionId={session.id} />
          <tr className="nowline" data-moves="now">
            <th scope="rowgroup" colSpan={5}>
              <span>now, {moment(now, zone)}</span>
            </th>
          </tr>
          {lanes.planned.length > 0 ? (
            <Moments items={lanes.planned} zone={zone} sessionId={session.id} />
          ) : (
            <tr className="is-ahead">
              <td colSpan={5} className="soft">
                Nothing more is planned.
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

function Moments({ items, zone, sessionId }: { items: LaneItem[]; zone: string; sessionId: string }) {
  const byMinute = [...Map.groupBy(items, ({ at }) => moment(at, zone)).entries()]
  return byMinute.map(([minute, list], i) => {
    const at = list[0]?.at as string
    const before = byMinute[i - 1]?.[1][0]?.at
    const isSameDay = before !== undefined && dateOf(before, zone) === dateOf(at, zone)
    const isAhead = list.every(({ until }) => until !== null)
    return (
      <tr key={`${minute} ${isAhead}`} className={isAhead ? 'is-ahead' : ''} data-moves={`${minute} ${isAhead}`}>
        <th scope="row" className="time">
          <time dateTime={at}>{isSameDay ? clock(at, zone) : minute}</time>
        </th>
        {LANES.map((lane) => {
          const inLane = list.filter((item) => item.lane === lane)
          return (
            <td key={lane} data-lane={lane} className={inLane.length === 0 ? 'is-empty' : ''}>
              {inLane.map((item, n) => (
                <Item key={keyOf(item, inLane.slice(0, n))} item={item} zone={zone} sessionId={sessionId} />
              ))}
            </td>
          )
        })}
      </tr>
    )
  })
}

// Two people have two room links of the same words: each keeps its own place.
function keyOf({ at, text }: LaneItem, before: LaneItem[]): string {
  return `${at} ${text} ${before.filter((other) => other.at === at && other.text === text).length}`
}

function Item({ item, zone, sessionId }: { item: LaneItem; zone: string; sessionId: string }) {
  const { text, mark, until, why, at } = item
  const label = (
    <>
      <span className={`mark is-${mark}`} aria-hidden="true" /> <bdi>{text}</bdi>
      {until && <span className="soft"> until {near(until, at, zone)}</span>}
    </>
  )
  if (why.length === 0) return <div className="entry">{label}</div>
  return (
    <details className="entry">
      <summary>{label}</summary>
      <dl>
        {why.map(({ name, value, at: told }) => (
          <div key={`${name} ${value} ${told}`}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi> {told && near(told, at, zone)}
            </dd>
          </div>
        ))}
      </dl>
      <Stuck item={item} sessionId={sessionId} />
    </details>
  )
}

const STUCK = ['failed', 'claimed']

/** A message that did not arrive, or nobody knows: it can go out again, or another way. */
function Stuck({ item, sessionId }: { item: LaneItem; sessionId: string }) {
  if (!item.deliveries.some(({ state }) => STUCK.includes(state))) return null
  return (
    <ButtonLink to="/sessions/$id" params={{ id: sessionId }} search={{ act: 'message' }}>
      Send it another way
    </ButtonLink>
  )
}
