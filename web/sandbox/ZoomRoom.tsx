import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useZone } from '../me.ts'
import { near } from '../times.ts'
import { Choices } from './Choices.tsx'
import { type Scene, useDeed } from './outside.ts'

type Room = NonNullable<Scene['room']>

const PLACES: Record<Room['inside'][number]['place'], string> = {
  room: 'in the room',
  waiting_room: 'in the waiting room',
  before_host: 'waits for the host',
}

/** The session's Zoom room: who is in, and every way to come in, leave and end it. */
export function ZoomRoom({ scene: { room, session, now } }: { scene: Scene }) {
  const zone = useZone()
  const deed = useDeed()
  if (!room || !session) return null
  const act = (what: string, body: Record<string, unknown> = {}) =>
    deed.mutate({ method: 'POST', path: `zoom/${session.id}/${what}`, body })
  return (
    <section className="device room" aria-labelledby="room-of-session" id="room">
      <header>
        <h2 id="room-of-session">Zoom room</h2>
        <span className="soft">{stateOf(room, now, zone)}</span>
      </header>
      {room.kind === 'meet' && <p className="soft">This session meets on Google Meet: nobody tells us who comes.</p>}
      {room.kind === 'none' && (
        <p className="soft">{session.status === 'scheduled' ? 'The room is being made.' : 'There is no room.'}</p>
      )}
      {room.kind === 'zoom' && (
        <>
          <ul className="inside">
            {room.inside.length === 0 && <li className="soft">Nobody is in.</li>}
            {room.inside.map(({ person, name, place, since }) => (
              <li key={person}>
                <span className="state is-good">
                  <bdi>{name}</bdi>
                </span>
                <span className="soft">
                  {PLACES[place]} since {near(since, now, zone)}
                </span>
                <Button size="compact-xs" disabled={deed.isPending} onClick={() => act('leave', { person })}>
                  Leave
                </Button>
              </li>
            ))}
          </ul>
          {room.outside.map(({ personId, name }) => (
            <Join
              key={personId}
              personId={personId}
              name={name}
              isPending={deed.isPending}
              join={(as, shownName) => act('join', { person: personId, as, ...(shownName ? { name: shownName } : {}) })}
            />
          ))}
          <div className="line">
            <Button
              size="compact-xs"
              disabled={deed.isPending}
              onClick={() => act('join', { person: 'a stranger', as: 'guest', name: 'iPhone' })}
            >
              A stranger called “iPhone” joins
            </Button>
            {room.inside.some(({ place }) => place === 'waiting_room') && (
              <Button size="compact-xs" disabled={deed.isPending} onClick={() => act('admit')}>
                Let everybody in
              </Button>
            )}
            {room.inside.length > 0 && (
              <Button size="compact-xs" disabled={deed.isPending} onClick={() => act('end')}>
                End for all
              </Button>
            )}
          </div>
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

function Join({
  personId,
  name,
  isPending,
  join,
}: {
  personId: string
  name: string
  isPending: boolean
  join: (as: string, name: string) => void
}) {
  const [shownName, setShownName] = useState('')
  return (
    <div className="joins">
      <Button id={`join-${personId}`} disabled={isPending} onClick={() => join('registrant', '')}>
        {name.slice(0, 40)} joins
      </Button>
      <Choices
        name="as"
        label={`Another way for ${name} to join`}
        isDisabled={isPending}
        groups={[
          {
            title: 'By another way than the personal link',
            choices: [
              { id: 'signed-in', words: 'Signed in to Zoom', choose: () => join('signed-in', shownName) },
              { id: 'guest', words: 'As a guest, without the link', choose: () => join('guest', shownName) },
              { id: 'phone', words: 'By telephone', choose: () => join('phone', shownName) },
            ],
          },
        ]}
      >
        <TextInput
          label="Name shown in the room"
          placeholder={name.slice(0, 60)}
          value={shownName}
          maxLength={100}
          onChange={({ currentTarget }) => setShownName(currentTarget.value)}
        />
      </Choices>
    </div>
  )
}

function stateOf({ kind, startedAt, endedAt }: Room, now: string, zone: string): string {
  if (kind !== 'zoom') return ''
  if (!startedAt) return 'not opened yet'
  return endedAt ? `closed ${near(endedAt, now, zone)}` : `open since ${near(startedAt, now, zone)}`
}
