import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMe, useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { clockQuery, useAdvance } from '../sandbox/clock.ts'
import { city, clock, moment } from '../times.ts'

/** What time it is here. In the sandbox the clock stands still until somebody moves it, so it can be moved from every page. */
export function ClockBar() {
  const me = useMe()
  const zone = useZone()
  const now = useNow() ?? me.now
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
      {me.mode === 'sandbox' && me.ops && <Step zone={zone} />}
    </>
  )
}

function Step({ zone }: { zone: string }) {
  const reading = useQuery(clockQuery).data
  const { mutate, isPending, error } = useAdvance()
  const next = reading?.nextAlarm
  return (
    <>
      <Button variant="filled" loading={isPending} disabled={!next} onClick={() => mutate({ toNextAlarm: true })}>
        {next ? `Step to ${clock(next, zone)}` : 'Nothing is planned'}
      </Button>
      {(['PT15M', 'PT1H'] as const).map((by) => (
        <Button key={by} disabled={isPending} onClick={() => mutate({ by })}>
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
