import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { auditRoute } from './audit/route.tsx'
import { conflictsRoute } from './conflicts/route.tsx'
import { connectionsRoute } from './connections/route.tsx'
import { deliveriesRoute } from './deliveries/route.tsx'
import { hoursRoute } from './hours/route.tsx'
import { meQuery } from './me.ts'
import { mergeRoute } from './merge/route.tsx'
import { numbersRoute } from './numbers/route.tsx'
import { importRoute, peopleRoute, personRoute } from './people/route.tsx'
import { programmeRoute, programmesRoute } from './programmes/route.tsx'
import { queries } from './queries.ts'
import { sandboxRoute } from './sandbox/route.tsx'
import { sessionRoute } from './session/route.tsx'
import { sessionsRoute } from './sessions/route.tsx'
import { placesFor } from './shell/places.ts'
import { Shell } from './shell/Shell.tsx'
import { NotFound, Trouble } from './shell/Trouble.tsx'
import { firstStepsRoute } from './start/route.tsx'
import { stepsQuery } from './start/steps.ts'
import { todayRoute } from './today/route.tsx'
import { weekRoute } from './week/route.tsx'

export const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Trouble })

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  // Everybody has a first page; whoever has none in here has theirs among the light pages.
  beforeLoad: async () => {
    const me = await queries.ensureQueryData(meQuery)
    const [first] = placesFor(me)
    // Whoever has begun to mentor finishes the first steps first.
    if (first?.to === '/sessions' && me.person) {
      const { isFinished } = await queries.fetchQuery(stepsQuery(me.person.id))
      throw redirect({ to: isFinished ? '/sessions' : '/start' })
    }
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
  hoursRoute(root),
  weekRoute(root),
  sessionsRoute(root),
  firstStepsRoute(root),
  conflictsRoute(root),
  mergeRoute(root),
  deliveriesRoute(root),
  connectionsRoute(root),
  auditRoute(root),
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
  interface StaticDataRouteOption {
    /** Whoever is not of ops is told so, before anything is asked. */
    isForOps?: true
  }
}
