import { Menu, UnstyledButton } from '@mantine/core'
import { Link, Outlet, useLocation, useMatches } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { type Me, useMe } from '../me.ts'
import { hearNow } from '../now.ts'
import { listen } from '../queries.ts'
import { city } from '../times.ts'
import { ClockBar } from './ClockBar.tsx'
import { Keyboard } from './Keyboard.tsx'
import { placesFor } from './places.ts'
import { NotYours } from './Trouble.tsx'

const Personas = lazy(() => import('../sandbox/Personas.tsx').then(({ Personas }) => ({ default: Personas })))

/** The frame around every page: where one is, what time it is here, who one is. */
export function Shell() {
  return (
    <Suspense fallback={<p className="card">One moment …</p>}>
      <Frame />
    </Suspense>
  )
}

function Frame() {
  const me = useMe()
  const isRunning = me.mode === 'live'
  useEffect(() => hearNow(me.now, isRunning), [me.now, isRunning])
  useEffect(() => (me.ops ? listen(isRunning) : undefined), [me.ops, isRunning])
  const places = placesFor(me)
  const path = useLocation({ select: ({ pathname }) => pathname })
  const isForOps = useMatches({ select: (pages) => pages.some(({ staticData }) => staticData.isForOps) })
  const side = useRef<HTMLElement>(null)
  // On a phone the pages are one line that is pushed aside, by the page that one comes to: the current one is in sight.
  useEffect(() => {
    const current = side.current?.querySelector<HTMLElement>('[aria-current=page]')
    if (current) side.current?.scrollTo({ left: current.offsetLeft - 48 })
  }, [path])
  const groups = [...Map.groupBy(places, ({ group }) => group)]
  return (
    <div className="frame">
      <header>
        <div className="bar">
          <a className="hidden" href="#main">
            Skip to the page
          </a>
          <Link to="/" className="logo">
            Punctual
          </Link>
          <ClockBar />
          <div className="end">
            <Person me={me} />
          </div>
        </div>
        {me.mode === 'sandbox' && !me.ops && <Playing me={me} />}
      </header>
      <nav className="side" aria-label="Pages" ref={side}>
        {groups.map(([group, list]) => [
          <span className="group" key={group}>
            {group}
          </span>,
          ...list.map(({ to, name }) => (
            <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }}>
              {name}
            </Link>
          )),
        ])}
      </nav>
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<p className="soft">One moment …</p>}>
          {isForOps && !me.ops ? <NotYours /> : <Outlet />}
        </Suspense>
      </main>
      <Keyboard places={places} />
    </div>
  )
}

/** Who one plays in the sandbox, and the way back. */
const Playing = ({ me }: { me: Me }) => (
  <form method="post" action="/sandbox/be" className="playing">
    <span>
      You are <bdi>{me.person?.name ?? me.label}</bdi> ({me.person?.roles.join(', ')})
    </span>
    <input type="hidden" name="to" value="/app/sandbox" />
    <button type="submit" name="personId" value="ops">
      Back to ops
    </button>
  </form>
)

function Person({ me }: { me: Me }) {
  const name = me.person?.name ?? me.label
  const [isChoosing, choose] = useState(false)
  return (
    <>
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <UnstyledButton className="opens">
            <bdi>{name}</bdi>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{city(me.person?.timeZone ?? 'UTC')} time</Menu.Label>
          <Menu.Item component="a" href="/settings">
            Zone, language, channels
          </Menu.Item>
          {me.mode === 'sandbox' && <Menu.Item onClick={() => choose(true)}>Be somebody else</Menu.Item>}
          <Menu.Divider />
          <form method="post" action="/sign-out">
            <Menu.Item component="button" type="submit">
              Sign out
            </Menu.Item>
          </form>
          <form method="post" action="/sign-out">
            <input type="hidden" name="everywhere" value="1" />
            <Menu.Item component="button" type="submit">
              Sign out everywhere
            </Menu.Item>
          </form>
        </Menu.Dropdown>
      </Menu>
      {isChoosing && (
        <Suspense>
          <Personas close={() => choose(false)} />
        </Suspense>
      )}
    </>
  )
}
