import { Button } from '@mantine/core'
import { Link, useLocation } from '@tanstack/react-router'
import { useMe, useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { useAdvance, useClock, usePlay } from '../sandbox/clock.ts'
import { city, clock, moment, near } from '../times.ts'

/** What time it is here. In the sandbox the clock stands still until somebody moves it, so it can be moved from every page. */
export function ClockBar() {
  const me = useMe()
  const zone = useZone()
  const now = useNow() ?? me.now
  // The page of the clock itself has all of it, larger.
  const isOnItsPage = useLocation({ select: ({ pathname }) => pathname === '/sandbox' })
  return (
    <>
      <span>
        <strong>
          <time dateTime={now}>{moment(now, zone)}</time>
        </strong>{' '}
        <span className="soft">
          {city(zone)} · {clock(now, 'UTC')} UTC
        </span>
      </span>
      {me.mode === 'sandbox' && me.ops && !isOnItsPage && <Step zone={zone} now={now} />}
    </>
  )
}

function Step({ zone, now }: { zone: string; now: string }) {
  const reading = useClock().data
  const { mutate, isPending, error } = useAdvance()
  const play = usePlay()
  const next = reading?.alarms[0]
  const isMoving = isPending || Boolean(reading?.moving)
  if (reading?.running)
    return (
      <>
        <span className="state is-good">
          {reading.playing
            ? `plays ×${reading.playing.speed}`
            : `on the way to ${near(reading.moving?.to ?? now, now, zone)}`}
        </span>
        <Button loading={play.isPending} onClick={() => play.mutate(null)}>
          {reading.playing ? 'Pause' : 'Stop'}
        </Button>
      </>
    )
  return (
    <>
      <Button
        variant="filled"
        loading={isPending}
        disabled={!next || isMoving}
        onClick={() => next && mutate({ to: next.at })}
      >
        {next ? `Step to ${near(next.at, now, zone)}` : 'Nothing is planned'}
      </Button>
      {next && (
        <Link to="/sandbox" className="soft next-ring">
          {next.what}
          {next.messages > 0 && `, ${next.messages} ${next.messages === 1 ? 'message' : 'messages'}`}
        </Link>
      )}
      {(['PT15M', 'PT1H'] as const).map((by) => (
        <Button key={by} disabled={isMoving} onClick={() => mutate({ by })}>
          {by === 'PT15M' ? '+15 min' : '+1 h'}
        </Button>
      ))}
      {error && (
        <span className="state is-bad" role="alert">
          {error.message}
        </span>
      )}
    </>
  )
}
