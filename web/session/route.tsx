import { type AnyRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod/mini'
import { byId } from '../shell/by-id.ts'

/** What a sheet can be open for. */
export const SHEETS = ['move', 'cancel', 'verdict', 'undo_merge', 'room', 'message'] as const
export type SheetName = (typeof SHEETS)[number]

/** `/app/sessions/{id}?act=move`: the session, and the sheet that is open over it; `of` is the time, person or delivery chosen in it. */
export const sessionRoute = <Root extends AnyRoute>(root: Root) =>
  createRoute({
    getParentRoute: () => root,
    path: '/sessions/$id',
    staticData: { isForOps: true },
    beforeLoad: byId,
    validateSearch: z.object({
      act: z.catch(z.optional(z.enum(SHEETS)), undefined),
      of: z.catch(z.optional(z.string().check(z.maxLength(60))), undefined),
    }),
    component: lazyRouteComponent(() => import('./Session.tsx'), 'Session'),
  })
