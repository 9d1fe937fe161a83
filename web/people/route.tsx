import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

const text = z.catch(z.optional(z.string().check(z.maxLength(100))), undefined)

/** `/app/people?search=asha&role=mentor&programme=…&only=not_answered` */
export const peopleRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/people',
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
    component: lazyRouteComponent(() => import('./Import.tsx'), 'Import'),
  })

/** `/app/people/{id}` */
export const personRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/people/$id',
    component: lazyRouteComponent(() => import('./Person.tsx'), 'Person'),
  })
