import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

export const PARTS = ['phones', 'room', 'mail', 'slack', 'google', 'faults'] as const
export type Part = (typeof PARTS)[number]

/** `/app/sandbox?session=…&part=mail&with=<person>`: without a session the one the story is about, without a part what fits. */
export const sandboxRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/sandbox',
    staticData: { isForOps: true },
    validateSearch: z.object({
      session: z.catch(z.optional(z.uuid()), undefined),
      part: z.catch(z.optional(z.enum(PARTS)), undefined),
      /** The mail that is open. */
      mail: z.catch(z.optional(z.uuid()), undefined),
      with: z.catch(z.optional(z.array(z.uuid()).check(z.maxLength(4))), undefined),
    }),
    component: lazyRouteComponent(() => import('./Sandbox.tsx'), 'Sandbox'),
  })
