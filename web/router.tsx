import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { meQuery } from './me.ts'
import { numbersRoute } from './numbers/route.tsx'
import { importRoute, peopleRoute, personRoute } from './people/route.tsx'
import { programmeRoute, programmesRoute } from './programmes/route.tsx'
import { queries } from './queries.ts'
import { sandboxRoute } from './sandbox/route.tsx'
import { sessionRoute } from './session/route.tsx'
import { placesFor } from './shell/places.ts'
import { Shell } from './shell/Shell.tsx'
import { NotFound, Trouble } from './shell/Trouble.tsx'
import { todayRoute } from './today/route.tsx'

export const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Trouble })

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  // Everybody has a first page; whoever has none in here has theirs among the light pages.
  beforeLoad: async () => {
    const [first] = placesFor(await queries.ensureQueryData(meQuery))
    if (first) throw redirect({ to: first.to })
    window.location.assign('/')
  },
})

// A page a line. Every state of it that somebody would want to come back to is in its address.
const routes = root.addChildren([
  start,
  todayRoute(root),
  sessionRoute(root),
  peopleRoute(root),
  importRoute(root),
  personRoute(root),
  programmesRoute(root),
  programmeRoute(root),
  numbersRoute(root),
  sandboxRoute(root),
])

export const router = createRouter({
  routeTree: routes,
  basepath: '/app',
  defaultPreload: 'intent',
  defaultErrorComponent: Trouble,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
