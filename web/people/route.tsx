import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'
import { byId } from '../shell/by-id.ts'

const text = z.catch(z.optional(z.string().check(z.maxLength(100))), undefined)

/** `/app/people?search=asha&role=mentor&programme=…&only=not_answered` */
export const peopleRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/people',
    staticData: { isForOps: true },
    validateSearch: z.object({
      search: text,
      role: z.catch(z.optional(z.enum(['mentor', 'mentee', 'ops', 'admin'])), undefined),
      programme: z.catch(z.optional(z.uuid()), undefined),
      only: z.catch(z.optional(z.enum(['not_answered', 'unreachable', 'paused'])), undefined),
    }),
    component: lazyRouteComponent(() => import('./People.tsx'), 'People'),
  })

/** `/app/people/import` */
export const importRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/people/import',
    staticData: { isForOps: true },
    component: lazyRouteComponent(() => import('./Import.tsx'), 'Import'),
  })

/** `/app/people/{id}` */
export const personRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/people/$id',
    staticData: { isForOps: true },
    beforeLoad: byId,
    component: lazyRouteComponent(() => import('./Person.tsx'), 'Person'),
  })
