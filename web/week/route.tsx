import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

/** `/app/week?mentor=…&week=2026-03-09&zone=Europe/London` */
export const weekRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/week',
    validateSearch: z.object({
      mentor: z.catch(z.optional(z.uuid()), undefined),
      zone: z.catch(z.optional(z.string().check(z.maxLength(64))), undefined),
      week: z.catch(z.optional(z.iso.date()), undefined),
    }),
    component: lazyRouteComponent(() => import('./Week.tsx'), 'Week'),
  })
