import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { near } from '../times.ts'
import type { Steps } from './steps.ts'

const OUTCOMES: Record<string, readonly ['good' | 'warn', string]> = {
  connected: ['good', 'Your calendar is connected. It is read now.'],
  disconnected: ['good', 'Your calendar is disconnected; its busy times are forgotten.'],
  declined: ['warn', 'Google says you declined. Nothing was connected.'],
  scopes_missing: ['warn', 'Both boxes on Google’s page are needed: to see busy times, and to write sessions.'],
  expired: ['warn', 'That took too long, or began in another window. Try again.'],
  failed: ['warn', 'Google did not let us. Try again in a moment.'],
}

/** How the Google calendar is, in words, and the one thing to do about it. */
export function Calendar({
  steps: { calendar },
  isOwn,
  outcome,
  Step,
}: {
  steps: Steps
  isOwn: boolean
  outcome: string | undefined
  Step: (props: { title: string; state: 'done' | 'may' | 'broken'; children: ReactNode }) => ReactNode
}) {
  const zone = useZone()
  const now = useNow() ?? new Date(0).toISOString()
  const at = (instant: string | null) => (instant ? near(instant, now, zone) : '')
  const said = outcome ? OUTCOMES[outcome] : undefined
  const isOn = !['never', 'disconnected'].includes(calendar.state)
  const sentence = {
    never:
      'Not connected: your hours alone decide. Connected, nobody can book over what is in your calendar, and sessions appear in it.',
    disconnected: `Disconnected ${at(calendar.disconnectedAt)}: your hours alone decide.`,
    reading: `${calendar.address} is connected and being read for the first time.`,
    connected: `${calendar.address} is connected; last read ${at(calendar.syncedAt)}.`,
    old: `${calendar.address} is connected, but was last read ${at(calendar.syncedAt)}. It is tried again by itself.`,
    broken: `The connection to ${calendar.address} broke ${at(calendar.brokenAt)}: Google no longer lets us in. Nothing is read or written until you connect again.`,
  }[calendar.state]
  return (
    <Step title="Google calendar" state={calendar.state === 'broken' ? 'broken' : isOn ? 'done' : 'may'}>
      {said && (
        <p className={`notice is-${said[0]}`} role="status">
          {said[1]}
        </p>
      )}
      <p>{sentence}</p>
      {isOwn && (
        <div className="buttons">
          {(!isOn || calendar.state === 'broken') && (
            <Button
              component="a"
              href="/calendar/connect?from=app"
              variant={calendar.state === 'broken' ? 'filled' : 'default'}
            >
              {calendar.state === 'broken' ? 'Connect again' : 'Connect Google calendar'}
            </Button>
          )}
          {isOn && (
            <form method="post" action="/calendar/disconnect?from=app">
              <Button type="submit">Disconnect</Button>
            </form>
          )}
        </div>
      )}
    </Step>
  )
}
