import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

/** `/app/today?day=2026-03-12&programme=…&q=asha`; without a day it is today's. */
export const todayRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/today',
    staticData: { isForOps: true },
    validateSearch: z.object({
      day: z.catch(z.optional(z.iso.date()), undefined),
      programme: z.catch(z.optional(z.uuid()), undefined),
      q: z.catch(z.optional(z.string().check(z.maxLength(100))), undefined),
    }),
    component: lazyRouteComponent(() => import('./Today.tsx'), 'Today'),
  })
