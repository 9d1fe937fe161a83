import { Menu, UnstyledButton } from '@mantine/core'
import { Link, Outlet } from '@tanstack/react-router'
import { Suspense, useEffect } from 'react'
import { type Me, useMe } from '../me.ts'
import { hearNow } from '../now.ts'
import { listen } from '../queries.ts'
import { city } from '../times.ts'
import { ClockBar } from './ClockBar.tsx'
import { Keyboard } from './Keyboard.tsx'
import { placesFor } from './places.ts'

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
      </header>
      <nav className="side" aria-label="Pages">
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
          <Outlet />
        </Suspense>
      </main>
      <Keyboard places={places} />
    </div>
  )
}

function Person({ me }: { me: Me }) {
  const name = me.person?.name ?? me.label
  return (
    <Menu position="bottom-end">
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
        {me.mode === 'sandbox' && (
          <Menu.Item component="a" href="/sandbox/personas">
            Be somebody else
          </Menu.Item>
        )}
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
  )
}
