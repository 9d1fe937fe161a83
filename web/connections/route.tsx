import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'

/** `/app/connections` */
export const connectionsRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/connections',
    staticData: { isForOps: true },
    component: lazyRouteComponent(() => import('./Connections.tsx'), 'Connections'),
  })
