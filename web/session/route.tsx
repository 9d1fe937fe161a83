import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'

/** `/app/sessions/{id}` */
export const sessionRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/sessions/$id',
    component: lazyRouteComponent(() => import('./Session.tsx'), 'Session'),
  })
