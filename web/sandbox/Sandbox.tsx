import './sandbox.css'
import { Button, Select } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useMe, useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { moment } from '../times.ts'
import { Clock } from './Clock.tsx'
import { Faults } from './Faults.tsx'
import { GoogleCalendars } from './GoogleCalendars.tsx'
import { Mailboxes } from './Mailboxes.tsx'
import { type Scene, useScene } from './outside.ts'
import { Another, Phones } from './Phones.tsx'
import { PARTS, type Part } from './route.tsx'
import { SlackChannel } from './SlackChannel.tsx'
import { TryThis, useTryThis } from './TryThis.tsx'
import { ZoomRoom } from './ZoomRoom.tsx'

const route = getRouteApi('/sandbox')

const NAMES: Record<Part, string> = {
  phones: 'Phones',
  room: 'Zoom room',
  mail: 'Mail',
  slack: 'Slack',
  google: 'Google',
  faults: 'Faults',
}

/** The time machine and the world outside: whatever people and vendors see and do, for one session. */
export function Sandbox() {
  const { session, with: others = [] } = route.useSearch()
  const asked = useScene(session, others)
  const { isShown, show } = useTryThis()
  const me = useMe()
  if (me.mode !== 'sandbox') return <p className="card">Punctual is live here: its clock is everybody’s.</p>
  const scene = asked.data
  return (
    <>
      <Clock session={scene?.session ?? null} />
      {isShown && <TryThis session={scene?.session?.id} />}
      <div className="head world-head">
        <h1>
          World <span className="soft">what people and vendors see and do</span>
        </h1>
        <div>
          {scene && scene.sessions.length > 0 && <Choose scene={scene} />}
          {scene && <Another shown={scene.phones.map(({ personId }) => personId)} />}
          {!isShown && <Button onClick={show}>Try this</Button>}
        </div>
      </div>
      {asked.error ? (
        <Failed error={asked.error} again={asked.refetch} />
      ) : scene ? (
        <Outside scene={scene} />
      ) : (
        <Waiting lines={12} />
      )}
    </>
  )
}

function Choose({ scene }: { scene: Scene }) {
  const navigate = useNavigate({ from: '/sandbox' })
  const zone = useZone()
  const { session } = scene
  const isListed = scene.sessions.some(({ id }) => id === session?.id)
  return (
    <>
      <Select
        className="choose"
        aria-label="Session"
        searchable
        value={session?.id ?? null}
        data={[
          ...(session && !isListed ? [{ value: session.id, label: moment(session.startsAt, zone) }] : []),
          ...scene.sessions.map(({ id, startsAt, who, isOpen }) => ({
            value: id,
            label: `${moment(startsAt, zone)} ${who}${isOpen ? '' : ' (over)'}`,
          })),
        ]}
        onChange={(id) => void navigate({ search: (old) => ({ ...old, session: id ?? undefined }) })}
      />
      {session && (
        <Link to="/sessions/$id" params={{ id: session.id }}>
          Timeline
        </Link>
      )}
    </>
  )
}

/** Wide: phones and the room side by side, and one of the rest. Narrow: one thing at a time. */
function Outside({ scene }: { scene: Scene }) {
  const { part } = route.useSearch()
  const isNarrow = useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false })
  if (scene.sessions.length === 0 && scene.phones.length === 0) return <Nobody />
  const parts: readonly Part[] = isNarrow ? PARTS : PARTS.filter((one) => one !== 'phones' && one !== 'room')
  const shown = part && parts.includes(part) ? part : (parts[0] as Part)
  const panel = (
    <>
      <nav className="parts" aria-label="Parts of the world">
        {parts.map((one) => (
          <Link
            key={one}
            to="/sandbox"
            search={(old) => ({ ...old, part: one })}
            resetScroll={false}
            aria-current={one === shown ? 'true' : undefined}
          >
            {NAMES[one]}
            {one === 'faults' && scene.switches.some(({ isOn }) => isOn) && <span className="state is-bad">on</span>}
          </Link>
        ))}
      </nav>
      {/* The room is a section of its own, and by that name. */}
      <section className="panel" aria-label={shown === 'room' ? undefined : NAMES[shown]}>
        {shown === 'phones' && <Phones scene={scene} />}
        {shown === 'room' && <ZoomRoom scene={scene} />}
        {shown === 'mail' && <Mailboxes scene={scene} />}
        {shown === 'slack' && <SlackChannel scene={scene} />}
        {shown === 'google' && <GoogleCalendars scene={scene} />}
        {shown === 'faults' && <Faults scene={scene} />}
      </section>
    </>
  )
  if (isNarrow) return <div className="world is-narrow">{panel}</div>
  return (
    <div className="world">
      <div className="phones">
        <Phones scene={scene} />
      </div>
      <div className="rest">
        <ZoomRoom scene={scene} />
        {panel}
      </div>
    </div>
  )
}

const Nobody = () => (
  <section className="card empty">
    <h2>No sessions yet</h2>
    <p>Book one as a mentee, as the card above says. Or have a day of them booked, the way mentees book:</p>
    <form method="post" action="/sandbox/sample-day">
      <Button type="submit" variant="filled">
        Book a sample day
      </Button>
    </form>
  </section>
)
