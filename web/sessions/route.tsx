import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

/** `/app/sessions?mentor=…` */
export const sessionsRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/sessions',
    validateSearch: z.object({ mentor: z.catch(z.optional(z.uuid()), undefined) }),
    component: lazyRouteComponent(() => import('./Sessions.tsx'), 'Sessions'),
  })
