import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

/** `/app/hours?mentor=…&zone=Europe/London&week=2026-03-09&at=…`: whose, and what a mentee there sees in that week. */
export const hoursRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/hours',
    validateSearch: z.object({
      mentor: z.catch(z.optional(z.uuid()), undefined),
      zone: z.catch(z.optional(z.string().check(z.maxLength(64))), undefined),
      week: z.catch(z.optional(z.iso.date()), undefined),
      at: z.catch(z.optional(z.iso.datetime()), undefined),
    }),
    component: lazyRouteComponent(() => import('./Hours.tsx'), 'Hours'),
  })
