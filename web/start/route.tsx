import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

/** `/app/start?mentor=…`; `calendar` says how a way to Google ended. */
export const firstStepsRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/start',
    validateSearch: z.object({
      mentor: z.catch(z.optional(z.uuid()), undefined),
      calendar: z.catch(z.optional(z.string().check(z.maxLength(40))), undefined),
    }),
    component: lazyRouteComponent(() => import('./FirstSteps.tsx'), 'FirstSteps'),
  })
