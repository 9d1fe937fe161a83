import { Button, Menu, Progress, Select } from '@mantine/core'
import { useState } from 'react'
import { useMe, useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { city, clock, moment, near, nextMorning } from '../times.ts'
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
    <section className="time card" aria-label="Clock of the sandbox">
      <div className="time-now">
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
  return (
    <>
      <Menu position="bottom-start" disabled={isMoving}>
        <Menu.Target>
          <Button size="md" disabled={isMoving} className="opens">
            Jump
          </Button>
        </Menu.Target>
        <Menu.Dropdown className="jumps">
          {[
            ['PT15M', '15 minutes on'],
            ['PT1H', '1 hour on'],
            ['PT4H', '4 hours on'],
          ].map(([by, words]) => (
            <Menu.Item key={by} onClick={() => advance({ by: by as string })}>
              {words}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => advance({ to: nextMorning(now, zone) })}>Tomorrow, 09:00</Menu.Item>
          <Menu.Item onClick={() => choose(true)}>To a time …</Menu.Item>
          {session && session.moments.length > 0 && (
            <Menu.Label>The session of {moment(session.startsAt, zone)}</Menu.Label>
          )}
          {session?.moments.map(({ at, what }) => (
            <Menu.Item key={at} onClick={() => advance({ to: at })}>
              <span className="at">{near(at, now, zone)}</span> {what}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <JumpTo isOpen={isChoosing} close={() => choose(false)} now={now} zone={zone} jump={(to) => advance({ to })} />
    </>
  )
}
