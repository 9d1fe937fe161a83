import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

export const RANGES = [7, 30, 90] as const

/** `/app/conflicts?days=7&chosen=…`: how far ahead, and the sessions that are chosen for one act on all of them. */
export const conflictsRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/conflicts',
    staticData: { isForOps: true },
    validateSearch: z.object({
      days: z.catch(z.optional(z.literal(RANGES)), undefined),
      chosen: z.catch(z.optional(z.array(z.uuid()).check(z.maxLength(200))), undefined),
      act: z.catch(z.optional(z.enum(['cancel', 'offer_times'])), undefined),
    }),
    component: lazyRouteComponent(() => import('./Conflicts.tsx'), 'Conflicts'),
  })
