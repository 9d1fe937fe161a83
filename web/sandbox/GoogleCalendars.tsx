import { Button, NumberInput, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useZone } from '../me.ts'
import { city, clock, instantOf, localOf, near } from '../times.ts'
import { type Scene, useDeed } from './outside.ts'

type Calendar = Scene['calendars'][number]

/** The mentors' own Google calendars: what stands in them, and what people do there behind our back. */
export function GoogleCalendars({ scene: { calendars, session, now } }: { scene: Scene }) {
  if (calendars.length === 0)
    return <p className="soft">Choose a session with a mentor, and their Google calendar stands here.</p>
  return calendars.map((calendar) => (
    <OneCalendar key={calendar.personId} calendar={calendar} from={session?.startsAt ?? now} now={now} />
  ))
}

function OneCalendar({ calendar, from, now }: { calendar: Calendar; from: string; now: string }) {
  const { personId, name, state, address, events } = calendar
  const deed = useDeed()
  const at = `google/${encodeURIComponent(address)}`
  const connect = () => deed.mutate({ method: 'POST', path: `google/${personId}/connect` })
  return (
    <section className="calendar">
      <h2>
        <bdi>{name}</bdi>{' '}
        <span className={`state is-${state === 'connected' ? 'good' : state === 'broken' ? 'bad' : 'open'}`}>
          {STATES[state]}
        </span>
      </h2>
      {state !== 'connected' && (
        <p>
          {state === 'none' && <span className="soft">The weekly hours alone decide. </span>}
          <Button loading={deed.isPending} onClick={connect}>
            {state === 'none' ? 'Connect, through Google’s consent' : 'Connect again'}
          </Button>
        </p>
      )}
      {state !== 'none' && (
        <>
          {events.length === 0 && <p className="soft">No event ahead.</p>}
          <ul className="events">
            {events.map((event) => (
              <Event key={event.id} event={event} now={now} at={at} deed={deed} />
            ))}
          </ul>
          <Add from={from} at={at} deed={deed} />
          {state === 'connected' && (
            <Button
              size="compact-xs"
              disabled={deed.isPending}
              onClick={() => deed.mutate({ method: 'POST', path: `${at}/revoke` })}
            >
              Take access away in Google
            </Button>
          )}
        </>
      )}
      {deed.error && (
        <p className="notice is-bad" role="alert">
          {deed.error.message}
        </p>
      )}
    </section>
  )
}

const STATES = { none: 'not connected', broken: 'access lost', connected: 'connected' }

function Event({
  event: { id, summary, startsAt, endsAt, canMove, state },
  now,
  at,
  deed,
}: {
  event: Calendar['events'][number]
  now: string
  at: string
  deed: ReturnType<typeof useDeed>
}) {
  const zone = useZone()
  const [typed, setTyped] = useState<string | null>(null)
  const act = (what: 'move' | 'decline' | 'delete', body: Record<string, unknown> = {}) =>
    deed.mutate({ method: 'POST', path: `${at}/events/${encodeURIComponent(id)}/${what}`, body })
  const moveTo = (start: number) => {
    if (!startsAt || !endsAt) return
    const lasts = Date.parse(endsAt) - Date.parse(startsAt)
    act('move', { startsAt: new Date(start).toISOString(), endsAt: new Date(start + lasts).toISOString() })
    setTyped(null)
  }
  return (
    <li>
      <span>
        {startsAt && (
          <span className="at">
            {near(startsAt, now, zone)}
            {endsAt && `–${clock(endsAt, zone)}`}
          </span>
        )}{' '}
        <bdi>{summary}</bdi> {state !== 'there' && <span className="state is-off">{state}</span>}
      </span>
      {state !== 'deleted' && (
        <div className="line">
          {canMove && startsAt && (
            <>
              <Button
                size="compact-xs"
                disabled={deed.isPending}
                onClick={() => moveTo(Date.parse(startsAt) + 3_600_000)}
              >
                One hour later
              </Button>
              <Button size="compact-xs" onClick={() => setTyped(typed === null ? localOf(startsAt, zone) : null)}>
                Move …
              </Button>
            </>
          )}
          <Button size="compact-xs" disabled={deed.isPending} onClick={() => act('decline')}>
            Decline
          </Button>
          <Button size="compact-xs" disabled={deed.isPending} onClick={() => act('delete')}>
            Delete
          </Button>
        </div>
      )}
      {typed !== null && (
        <form
          className="line"
          onSubmit={(submit) => {
            submit.preventDefault()
            moveTo(Date.parse(instantOf(typed, zone) ?? now))
          }}
        >
          <TextInput
            type="datetime-local"
            label={`To (${city(zone)})`}
            value={typed}
            required
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          />
          <Button type="submit">Move</Button>
        </form>
      )}
    </li>
  )
}

/** Something of their own, added in Google behind our back. */
function Add({ from, at, deed }: { from: string; at: string; deed: ReturnType<typeof useDeed> }) {
  const zone = useZone()
  const [summary, setSummary] = useState('Dentist')
  const [start, setStart] = useState(() => localOf(from, zone))
  const [minutes, setMinutes] = useState<number | string>(60)
  const add = (event: FormEvent) => {
    event.preventDefault()
    const startsAt = instantOf(start, zone) ?? from
    const endsAt = new Date(Date.parse(startsAt) + Number(minutes) * 60_000).toISOString()
    deed.mutate({ method: 'POST', path: `${at}/events`, body: { summary, startsAt, endsAt } })
  }
  return (
    <form className="line" onSubmit={add}>
      <TextInput
        label="Something of their own"
        value={summary}
        maxLength={100}
        required
        onChange={({ currentTarget }) => setSummary(currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label={`From (${city(zone)})`}
        value={start}
        required
        onChange={({ currentTarget }) => setStart(currentTarget.value)}
      />
      <NumberInput
        className="minutes"
        label="Minutes"
        value={minutes}
        min={5}
        max={1440}
        hideControls
        required
        onChange={setMinutes}
      />
      <Button type="submit" loading={deed.isPending}>
        Add
      </Button>
    </form>
  )
}
