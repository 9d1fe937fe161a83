import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

export const VIEWS = ['trouble', 'failed', 'unknown', 'quarantined', 'planned', 'sent', 'not_sent', 'all'] as const
export const CHANNELS_OF = ['whatsapp', 'email', 'slack'] as const

/** `/app/deliveries?view=failed&channel=email&person=…&before=…`; without a view it is what reached nobody. */
export const deliveriesRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/deliveries',
    staticData: { isForOps: true },
    validateSearch: z.object({
      view: z.catch(z.optional(z.enum(VIEWS)), undefined),
      channel: z.catch(z.optional(z.enum(CHANNELS_OF)), undefined),
      person: z.catch(z.optional(z.uuid()), undefined),
      before: z.catch(z.optional(z.uuid()), undefined),
    }),
    component: lazyRouteComponent(() => import('./Deliveries.tsx'), 'Deliveries'),
  })
