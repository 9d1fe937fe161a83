import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

const date = z.catch(z.optional(z.iso.date()), undefined)

/** `/app/numbers?from=2026-03-01&to=2026-03-31&by=mentor&programme=…`; `to` is the last day that is counted. */
export const numbersRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/numbers',
    staticData: { isForOps: true },
    validateSearch: z.object({
      from: date,
      to: date,
      by: z.catch(z.optional(z.enum(['week', 'mentor'])), undefined),
      programme: z.catch(z.optional(z.uuid()), undefined),
    }),
    component: lazyRouteComponent(() => import('./Numbers.tsx'), 'Numbers'),
  })
