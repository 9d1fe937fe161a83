import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

const ids = z.pipe(
  z.transform((text) => (typeof text === 'string' ? text.split(',').filter(Boolean) : text)),
  z.array(z.uuid()).check(z.maxLength(20)),
)

/** `/app/merge?sessions=a,b,…`: the sessions chosen, the first of which is the one that stays. */
export const mergeRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/merge',
    staticData: { isForOps: true },
    validateSearch: (search: Record<string, unknown>): { sessions?: string } => {
      const read = ids.safeParse(search.sessions)
      return read.success && read.data.length > 0 ? { sessions: read.data.join(',') } : {}
    },
    component: lazyRouteComponent(() => import('./Merge.tsx'), 'Merge'),
  })
