import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'

const text = z.catch(z.optional(z.string().check(z.maxLength(200))), undefined)

/** `/app/audit?actor=person:…&action=session.merge&kind=session&object=…&day=2026-03-12&before=…` */
export const auditRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    staticData: { isForOps: true },
    validateSearch: z.object({
      actor: text,
      action: text,
      kind: text,
      object: z.catch(z.optional(z.uuid()), undefined),
      day: z.catch(z.optional(z.iso.date()), undefined),
      before: z.catch(z.optional(z.uuid()), undefined),
    }),
    component: lazyRouteComponent(() => import('./Audit.tsx'), 'Audit'),
  })
