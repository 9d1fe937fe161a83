import { Button, Progress, Select } from '@mantine/core'
import { useState } from 'react'
import { useMe, useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { city, clock, moment, near, nextMorning } from '../times.ts'
import { Choices, type Group } from './Choices.tsx'
import { type Reading, useAdvance, useClock, usePlay } from './clock.ts'
import { JumpTo } from './JumpTo.tsx'
import { JustNow } from './JustNow.tsx'
import type { Scene } from './outside.ts'

const SPEEDS = [
  { value: '60', label: '×60: a minute a second' },
  { value: '600', label: '×600: ten minutes a second' },
  { value: '3600', label: '×3600: an hour a second' },
]

/** The clock: where it stands, letting it run, going on by steps or far, what rings next, and what has just come of it. */
export function Clock({ session }: { session: Scene['session'] }) {
  const zone = useZone()
  const me = useMe()
  const now = useNow() ?? me.now
  const reading = useClock().data
  const advance = useAdvance()
  const play = usePlay()
  const [speed, setSpeed] = useState('60')
  const isMoving = advance.isPending || Boolean(reading?.moving && !reading.playing)
  const error = advance.error ?? play.error
  const next = reading?.alarms[0]
  return (
    <section className="time-card card" aria-label="Clock of the sandbox">
      <div>
        <p className="face">
          <time dateTime={now}>
            {clock(now, zone)}
            <small>:{now.slice(17, 19)}</small>
          </time>
        </p>
        <p>
          {moment(now, zone).split(',')[0]}
          <span className="soft">
            {' '}
            {city(zone)} · {clock(now, 'UTC')} UTC
          </span>
        </p>
        <p className="soft" role="status">
          {state(reading, isMoving, zone, now)}
        </p>
      </div>
      <div className="time-moves">
        <div className="line">
          {reading?.playing ? (
            <Button size="md" loading={play.isPending} onClick={() => play.mutate(null)}>
              Pause
            </Button>
          ) : (
            <Button size="md" disabled={isMoving} loading={play.isPending} onClick={() => play.mutate(Number(speed))}>
              Play
            </Button>
          )}
          <Select
            className="speed"
            aria-label="Speed"
            data={SPEEDS}
            value={speed}
            onChange={(value) => {
              setSpeed(value ?? '60')
              if (reading?.playing) play.mutate(Number(value ?? 60))
            }}
          />
          <Button
            size="md"
            variant="filled"
            disabled={!next || isMoving}
            onClick={() => next && advance.mutate({ to: next.at })}
          >
            {next ? `Step to ${near(next.at, now, zone)}` : 'Nothing is planned'}
          </Button>
          <Jump session={session} isMoving={isMoving} advance={(wish) => advance.mutate(wish)} />
          {isMoving && reading?.moving && (
            <Button size="md" color="red" variant="outline" loading={play.isPending} onClick={() => play.mutate(null)}>
              Stop
            </Button>
          )}
        </div>
        {isMoving && reading?.moving && (
          <Progress value={way(reading.moving, now)} aria-label="How far the clock has come" />
        )}
        {(error || reading?.trouble) && (
          <p className="notice is-bad" role="alert">
            {error?.message ?? reading?.trouble}
          </p>
        )}
        <Alarms reading={reading} now={now} zone={zone} />
      </div>
      <JustNow zone={zone} now={now} isRunning={Boolean(reading?.running) || advance.isPending} />
    </section>
  )
}

function state(reading: Reading | undefined, isMoving: boolean, zone: string, now: string): string {
  if (reading?.playing) return `Plays ×${reading.playing.speed}, also when you close this page.`
  if (isMoving && reading?.moving) return `On the way to ${near(reading.moving.to, now, zone)} …`
  if (isMoving) return 'On the way …'
  return 'Stands still until you move it.'
}

const way = ({ from, to }: { from: string; to: string }, now: string): number => {
  const [start, end, here] = [Date.parse(from), Date.parse(to), Date.parse(now)]
  return end <= start ? 100 : Math.min(100, Math.max(2, ((here - start) / (end - start)) * 100))
}

function Alarms({ reading, now, zone }: { reading: Reading | undefined; now: string; zone: string }) {
  if (!reading) return null
  if (reading.alarms.length === 0)
    return <p className="soft">Nothing rings. Book a session, and its moments stand here.</p>
  return (
    <ol className="rings" aria-label="What rings next">
      {reading.alarms.map(({ at, what, who, messages }, i) => (
        <li key={at} className={i === 0 ? 'is-next' : ''}>
          <span className="at">{near(at, now, zone)}</span>{' '}
          <span>
            {what}
            {messages > 0 && ` · ${messages} ${messages === 1 ? 'message' : 'messages'}`}
            {who && (
              <span className="soft">
                {' '}
                <bdi>{who}</bdi>
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  )
}

function Jump({
  session,
  isMoving,
  advance,
}: {
  session: Scene['session']
  isMoving: boolean
  advance: (wish: { to: string } | { by: string }) => void
}) {
  const zone = useZone()
  const me = useMe()
  const now = useNow() ?? me.now
  const [isChoosing, choose] = useState(false)
  const groups: Group[] = [
    {
      choices: [
        { id: '15', words: '15 minutes on', choose: () => advance({ by: 'PT15M' }) },
        { id: '60', words: '1 hour on', choose: () => advance({ by: 'PT1H' }) },
        { id: '240', words: '4 hours on', choose: () => advance({ by: 'PT4H' }) },
        { id: 'morning', words: 'Tomorrow, 09:00', choose: () => advance({ to: nextMorning(now, zone) }) },
        { id: 'any', words: 'To a time …', choose: () => choose(true) },
      ],
    },
  ]
  if (session && session.moments.length > 0)
    groups.push({
      title: `The session of ${moment(session.startsAt, zone)}`,
      choices: session.moments.map(({ at, what }) => ({
        id: at,
        words: (
          <>
            <span className="at">{near(at, now, zone)}</span> {what}
          </>
        ),
        choose: () => advance({ to: at }),
      })),
    })
  return (
    <>
      <Choices name="Jump" size="md" isDisabled={isMoving} groups={groups} />
      <JumpTo isOpen={isChoosing} close={() => choose(false)} now={now} zone={zone} jump={(to) => advance({ to })} />
    </>
  )
}
