import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'
import { byId } from '../shell/by-id.ts'

/** `/app/programmes` */
export const programmesRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/programmes',
    staticData: { isForOps: true },
    component: lazyRouteComponent(() => import('./Programmes.tsx'), 'Programmes'),
  })

/** `/app/programmes/{id}?show=messages` */
export const programmeRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/programmes/$id',
    staticData: { isForOps: true },
    beforeLoad: byId,
    validateSearch: z.object({
      show: z.catch(z.optional(z.enum(['messages', 'settings'])), undefined),
      pairs: z.catch(z.optional(z.enum(['ended'])), undefined),
    }),
    component: lazyRouteComponent(() => import('./Programme.tsx'), 'Programme'),
  })
