import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'
import { Refusal } from '../errors.ts'
import type { Env } from '../http.ts'
import { type Actor, mustBeKnown, mustBeOps } from './actor.ts'

/**
 * Who is let in at all, before a room looks at the object asked about:
 * - anyone: nothing in it belongs to anybody
 * - link, vendor: the token in the path, the signature over the body; checked by the room
 * - page: sends a stranger to the first page instead of an error, and says no in words; checked by the room
 * - known, ops, admin: checked here, before the body is read, and again by the room where it depends on the object
 */
export type Access = 'anyone' | 'link' | 'vendor' | 'page' | 'known' | 'ops' | 'admin'

/** Every route there is. One that is not in this table fails the start, so that nobody can forget to decide. */
export const ACCESS: Readonly<Record<string, Access>> = {
  'POST /api/v1/holds': 'known',
  'DELETE /api/v1/holds/:id': 'known',
  'POST /api/v1/bookings': 'known',
  'GET /api/v1/bookings/:id': 'known',
  'POST /api/v1/bookings/:id/reschedule': 'known',
  'POST /api/v1/bookings/:id/cancel': 'known',
  'GET /api/v1/mentors/:id/calendar-config': 'known',
  'PUT /api/v1/mentors/:id/calendar-config': 'known',
  'POST /api/v1/mentors/:id/calendar-config/check': 'known',
  'GET /api/v1/mentors/:id/week': 'known',
  'GET /api/v1/mentors/:id/sessions': 'known',
  'GET /api/v1/mentors/:id/first-steps': 'known',
  'GET /api/v1/bookings/:id/times': 'known',
  'GET /api/v1/mentors/:id/slots': 'known',
  'GET /api/v1/conflicts': 'ops',
  'POST /api/v1/conflicts/check': 'known',
  'POST /api/v1/sessions': 'ops',
  'POST /api/v1/sessions/bulk': 'known',
  'POST /api/v1/mentorships/:id/end': 'ops',
  'GET /api/v1/sessions': 'known',
  'GET /api/v1/sessions/:id': 'known',
  'GET /api/v1/sessions/:id/timeline': 'known',
  'GET /api/v1/sessions/:id/lanes': 'ops',
  'GET /api/v1/sessions/:id/attendance': 'known',
  'POST /api/v1/sessions/:id/attendance': 'ops',
  'POST /api/v1/sessions/merge': 'ops',
  'POST /api/v1/merges/:mergeId/undo': 'ops',
  'POST /api/v1/cases/:id/settle': 'ops',
  'GET /api/v1/today': 'ops',
  'GET /api/v1/deliveries': 'ops',
  'GET /api/v1/deliveries/desk': 'ops',
  'GET /api/v1/merges': 'ops',
  'GET /api/v1/connections': 'ops',
  'GET /api/v1/examination': 'ops',
  'GET /api/v1/audit': 'ops',
  'GET /api/v1/audit/seal': 'ops',
  'POST /api/v1/deliveries/:id/retry': 'ops',
  'POST /api/v1/deliveries/:id/other-channel': 'ops',
  'POST /api/v1/sessions/:id/room': 'ops',
  'GET /api/v1/events': 'ops',
  'GET /api/v1/today/summary': 'ops',
  'GET /api/v1/people': 'known',
  'POST /api/v1/people': 'ops',
  'GET /api/v1/me': 'known',
  'GET /api/v1/people/:id': 'known',
  'PATCH /api/v1/people/:id': 'known',
  'POST /api/v1/people/:id/consent': 'known',
  'POST /api/v1/people/:id/invite': 'ops',
  'POST /api/v1/people/:id/join': 'ops',
  'POST /api/v1/people/:id/sign-out': 'ops',
  'GET /api/v1/pauses': 'ops',
  'POST /api/v1/people/:id/pause': 'ops',
  'POST /api/v1/people/:id/resume': 'ops',
  'GET /api/v1/people/:id/export': 'known',
  'POST /api/v1/people/:id/erase': 'admin',
  'GET /api/v1/programmes': 'known',
  'POST /api/v1/programmes': 'ops',
  'GET /api/v1/programmes/:id': 'known',
  'PATCH /api/v1/programmes/:id': 'ops',
  'GET /api/v1/programmes/:id/ops': 'ops',
  'PUT /api/v1/programmes/:id/ops/:personId': 'admin',
  'DELETE /api/v1/programmes/:id/ops/:personId': 'admin',
  'GET /api/v1/programmes/:id/playbook': 'ops',
  'PUT /api/v1/programmes/:id/playbook': 'ops',
  'GET /api/v1/mentorships': 'known',
  'POST /api/v1/mentorships': 'ops',
  'GET /api/v1/desk/people': 'ops',
  'GET /api/v1/desk/people/:id': 'ops',
  'GET /api/v1/people/:id/join': 'ops',
  'GET /api/v1/desk/programmes': 'ops',
  'GET /api/v1/desk/programmes/:id/pairs': 'ops',
  'GET /api/v1/desk/programmes/:id/messages': 'ops',
  'GET /api/v1/desk/programmes/:id/ops': 'ops',
  'POST /api/v1/programmes/:id/playbook/difference': 'ops',
  'GET /api/v1/numbers': 'ops',
  'GET /api/v1/numbers.csv': 'ops',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/:id': 'admin',
  'POST /api/v1/import': 'ops',
  'GET /api/v1/webhook-events': 'ops',
  'POST /webhooks/zoom': 'vendor',
  'GET /webhooks/whatsapp': 'vendor',
  'POST /webhooks/whatsapp': 'vendor',
  'POST /webhooks/mail': 'vendor',
  'POST /webhooks/slack': 'vendor',
  'POST /webhooks/google-calendar': 'vendor',
  'GET /calendar/connect': 'known',
  'GET /calendar/callback': 'known',
  'POST /calendar/disconnect': 'known',
  'GET /calendar/status': 'known',
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /metrics': 'anyone',
  'GET /pages/script.js': 'anyone',
  'GET /pages/icon.svg': 'anyone',
  'GET /app/assets/:file': 'anyone',
  'GET /app': 'page',
  'GET /app/*': 'page',
  'GET /m/:token': 'link',
  'GET /m/:token/move': 'link',
  'GET /m/:token/cancel': 'link',
  'GET /m/:token/session.ics': 'link',
  'POST /m/:token': 'link',
  'GET /join/:token': 'link',
  'POST /join/:token': 'link',
  'GET /book/:mentorId': 'page',
  'POST /book/:mentorId': 'page',
  'GET /book/:mentorId/hold/:holdId': 'page',
  'POST /book/:mentorId/hold/:holdId': 'page',
  'GET /sessions/:id': 'page',
  'GET /sessions/:id/move': 'page',
  'GET /sessions/:id/merge': 'page',
  'GET /sessions/:id/cancel': 'page',
  'GET /sessions/:id/room': 'page',
  'GET /conflicts': 'page',
  'GET /deliveries': 'page',
  'GET /settings': 'page',
  'GET /settings/devices': 'page',
  'POST /settings': 'page',
  'GET /m/:token/settings': 'link',
  'POST /m/:token/settings': 'link',
  'GET /invite/:token': 'link',
  'POST /invite/:token': 'link',
  'GET /hours': 'page',
  'GET /people': 'page',
  'GET /': 'page',
  'POST /sign-out': 'page',
  'GET /sign-in': 'anyone',
  'POST /sign-in': 'anyone',
  'GET /sign-in/sent': 'anyone',
  'POST /sign-in/code': 'anyone',
  'GET /sign-in/link/:link': 'link',
  'POST /sign-in/link/:link': 'link',
  'GET /sign-in/google': 'anyone',
  'GET /sign-in/google/callback': 'anyone',
  'GET /openapi.json': 'anyone',
  'GET /docs': 'anyone',
  'GET /docs/start.js': 'anyone',
  'GET /docs/:file': 'anyone',
  // Mounted only where everybody is made up.
  'POST /sandbox/be': 'anyone',
  'POST /sandbox/sign-in': 'anyone',
  'GET /enter/:token': 'link',
  'GET /sandbox/world': 'page',
  'GET /sandbox/people': 'anyone',
  'GET /sandbox/clock': 'anyone',
  'POST /sandbox/clock/advance': 'ops',
  'POST /sandbox/clock/step': 'ops',
}

type Route = { method: string; path: string }

/** Throws for a route that nobody decided about. The simulators' own are for ops, all of them. */
export function refuseUndeclared(routes: readonly Route[]): void {
  const undeclared = routes.filter((route) => route.method !== 'ALL' && accessOf(route) === undefined).map(nameOf)
  if (undeclared.length > 0)
    throw new Error(`Who may use ${[...new Set(undeclared)].join(', ')}? Say so in src/people/access.ts.`)
}

/** Throws 401 or 403 for whoever the route is not for. An address that no route serves is left to be not found. */
export function mustBeLetIn(c: Context<Env>): void {
  const route = matchedRoutes(c).find(
    ({ method, path }) => method !== 'ALL' && accessOf({ method, path }) !== undefined,
  )
  const access = route && accessOf(route)
  const actor: Actor = c.get('actor')
  if (access === 'known') mustBeKnown(actor)
  if (access === 'ops' || access === 'admin') mustBeOps(actor)
  if (access === 'admin' && !actor.admin) throw new Refusal('forbidden', 'Only an admin may do this.')
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`
export const accessOf = (route: Route): Access | undefined =>
  ACCESS[nameOf(route)] ?? (route.path.startsWith('/sandbox/') ? 'ops' : undefined)
