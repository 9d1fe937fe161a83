import { newId } from '../../src/ids.ts'
import { OPEN_ALL_WEEK } from '../support/booking.ts'
import type { Request, Target, World } from './world.ts'

export type Ask = (world: World, target: Target) => Omit<Request, 'method' | 'path'> & { path: string }

export const DAY = 'from=2026-03-10T00:00:00Z&to=2026-03-12T00:00:00Z'
export const HOURS = {
  overrides: [],
  absences: [],
  minimumNoticeMinutes: 60,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  horizonDays: 30,
  calendarPolicy: 'refuse',
  ...OPEN_ALL_WEEK,
}
const reason = 'because'
const free = (target: Target) => target.startsAt.add({ minutes: 120 }).toString()

/**
 * One request per route, aimed at what belongs to Ravi (mentee) and Asha (mentor); behind a `#`, another one to the same
 * route that puts somebody else's id where one's own is expected: in the path, the query or the body.
 */
export const REQUESTS: Record<string, Ask> = {
  'POST /api/v1/holds': ({ people }, t) => ({
    path: '/api/v1/holds',
    body: { mentorId: people.mentor.id, startsAt: free(t) },
  }),
  'POST /api/v1/holds #menteeId': ({ people }, t) => ({
    path: '/api/v1/holds',
    body: { mentorId: people.mentor.id, menteeId: people.mentee.id, startsAt: free(t) },
  }),
  'POST /api/v1/holds #mentorshipId': ({ people }, t) => ({
    path: '/api/v1/holds',
    body: { mentorId: people.mentor.id, mentorshipId: t.mentorshipId, startsAt: free(t) },
  }),
  'DELETE /api/v1/holds/:id': (_, t) => ({ path: `/api/v1/holds/${t.holdId}` }),
  'POST /api/v1/bookings': ({ people }, t) => ({
    path: '/api/v1/bookings',
    body: { mentorId: people.mentor.id, startsAt: free(t) },
  }),
  'POST /api/v1/bookings #menteeId': ({ people }, t) => ({
    path: '/api/v1/bookings',
    body: { mentorId: people.mentor.id, menteeId: people.mentee.id, startsAt: free(t) },
  }),
  'POST /api/v1/bookings #mentorshipId': ({ people }, t) => ({
    path: '/api/v1/bookings',
    body: { mentorId: people.mentor.id, mentorshipId: t.mentorshipId, startsAt: free(t) },
  }),
  'POST /api/v1/bookings #holdId': ({ people }, t) => ({
    path: '/api/v1/bookings',
    body: { mentorId: people.mentor.id, holdId: t.holdId, startsAt: free(t) },
  }),
  'GET /api/v1/bookings/:id': (_, t) => ({ path: `/api/v1/bookings/${t.bookingId}` }),
  'POST /api/v1/bookings/:id/reschedule': (_, t) => ({
    path: `/api/v1/bookings/${t.bookingId}/reschedule`,
    body: { startsAt: t.startsAt.add({ hours: 1000 }).toString(), revision: 1 },
  }),
  'POST /api/v1/bookings/:id/cancel': (_, t) => ({
    path: `/api/v1/bookings/${t.bookingId}/cancel`,
    body: { reason, revision: 1 },
  }),
  'GET /api/v1/mentors/:id/calendar-config': ({ people }) => ({
    path: `/api/v1/mentors/${people.mentor.id}/calendar-config`,
  }),
  'PUT /api/v1/mentors/:id/calendar-config': ({ people }) => ({
    path: `/api/v1/mentors/${people.mentor.id}/calendar-config`,
    body: HOURS,
    headers: { 'if-match': '"999"' },
  }),
  'GET /api/v1/mentors/:id/slots': ({ people }) => ({ path: `/api/v1/mentors/${people.mentor.id}/slots?${DAY}` }),
  'GET /api/v1/mentors/:id/slots #explain': ({ people }) => ({
    path: `/api/v1/mentors/${people.mentor.id}/slots?${DAY}&explain=true`,
  }),
  'GET /api/v1/mentors/:id/slots #menteeId': ({ people }) => ({
    path: `/api/v1/mentors/${people.mentor.id}/slots?${DAY}&menteeId=${people.mentee.id}`,
  }),
  'GET /api/v1/conflicts': () => ({ path: `/api/v1/conflicts?${DAY}` }),
  'POST /api/v1/conflicts/check': ({ people }, t) => ({
    path: '/api/v1/conflicts/check',
    body: {
      mentorId: people.mentor.id,
      startsAt: t.startsAt.toString(),
      endsAt: t.startsAt.add({ minutes: 30 }).toString(),
    },
  }),
  'POST /api/v1/conflicts/check #menteeId': ({ people }, t) => ({
    path: '/api/v1/conflicts/check',
    body: {
      mentorId: people.mentor.id,
      menteeId: people.mentee.id,
      startsAt: t.startsAt.toString(),
      endsAt: t.startsAt.add({ minutes: 30 }).toString(),
    },
  }),
  'POST /api/v1/sessions': ({ people, programmeId }, t) => ({
    path: '/api/v1/sessions',
    body: {
      programmeId,
      mentorId: people.mentor.id,
      menteeIds: [people.mentee.id],
      title: 'A group',
      startsAt: t.startsAt.toString(),
      endsAt: t.startsAt.add({ minutes: 30 }).toString(),
    },
  }),
  'POST /api/v1/sessions/bulk': (_, t) => ({
    path: '/api/v1/sessions/bulk',
    body: { sessionIds: [t.sessionId], action: 'cancel', reason },
  }),
  'POST /api/v1/sessions/bulk #dryRun': (_, t) => ({
    path: '/api/v1/sessions/bulk',
    body: { sessionIds: [t.sessionId], action: 'offer_times', reason, dryRun: true },
  }),
  'POST /api/v1/mentorships/:id/end': (_, t) => ({
    path: `/api/v1/mentorships/${t.mentorshipId}/end`,
    body: { at: '2026-12-01T00:00:00Z', reason, dryRun: true },
  }),
  'GET /api/v1/sessions': () => ({ path: '/api/v1/sessions' }),
  'GET /api/v1/sessions #menteeId': ({ people }) => ({ path: `/api/v1/sessions?menteeId=${people.mentee.id}` }),
  'GET /api/v1/sessions #mentorId': ({ people }) => ({ path: `/api/v1/sessions?mentorId=${people.mentor.id}` }),
  'GET /api/v1/sessions #programmeId': ({ programmeId }) => ({ path: `/api/v1/sessions?programmeId=${programmeId}` }),
  'GET /api/v1/sessions/:id': (_, t) => ({ path: `/api/v1/sessions/${t.sessionId}` }),
  'GET /api/v1/sessions/:id/timeline': (_, t) => ({ path: `/api/v1/sessions/${t.sessionId}/timeline` }),
  'GET /api/v1/sessions/:id/attendance': (_, t) => ({ path: `/api/v1/sessions/${t.sessionId}/attendance` }),
  'POST /api/v1/sessions/:id/attendance': ({ people }, t) => ({
    path: `/api/v1/sessions/${t.sessionId}/attendance`,
    body: { personId: people.mentee.id, verdict: 'present', reason },
  }),
  'POST /api/v1/sessions/merge': (_, t) => ({
    path: '/api/v1/sessions/merge',
    body: { sessionIds: [t.sessionId, t.secondId], reason, dryRun: true },
  }),
  'POST /api/v1/merges/:mergeId/undo': (_, t) => ({ path: `/api/v1/merges/${t.mergeId}/undo`, body: { reason } }),
  'GET /api/v1/deliveries': () => ({ path: '/api/v1/deliveries' }),
  'GET /api/v1/deliveries #personId': ({ people }) => ({ path: `/api/v1/deliveries?personId=${people.mentee.id}` }),
  'POST /api/v1/deliveries/:id/retry': (_, t) => ({
    path: `/api/v1/deliveries/${t.deliveryId}/retry`,
    body: { reason },
  }),
  'POST /api/v1/deliveries/:id/other-channel': (_, t) => ({
    path: `/api/v1/deliveries/${t.deliveryId}/other-channel`,
    body: { reason },
  }),
  'POST /api/v1/sessions/:id/room': (_, t) => ({
    path: `/api/v1/sessions/${t.sessionId}/room`,
    body: { room: 'zoom', reason, revision: 1 },
  }),
  'POST /api/v1/sessions/:id/room #dryRun': (_, t) => ({
    path: `/api/v1/sessions/${t.sessionId}/room`,
    body: { room: 'meet', reason, revision: 1, dryRun: true },
  }),
  'POST /api/v1/bookings/:id/cancel #dryRun': (_, t) => ({
    path: `/api/v1/bookings/${t.bookingId}/cancel`,
    body: { reason, revision: 1, dryRun: true },
  }),
  'GET /sessions/:id/cancel': (_, t) => ({ path: `/sessions/${t.sessionId}/cancel` }),
  'GET /sessions/:id/room': (_, t) => ({ path: `/sessions/${t.sessionId}/room` }),
  'GET /api/v1/events': () => ({ path: '/api/v1/events' }),
  'GET /api/v1/today/summary': () => ({ path: '/api/v1/today/summary' }),
  'GET /api/v1/people': () => ({ path: '/api/v1/people' }),
  'GET /api/v1/people #email': ({ people }) => ({ path: `/api/v1/people?email=${people.mentee.email}` }),
  'GET /api/v1/people #search': () => ({ path: '/api/v1/people?search=canary' }),
  'POST /api/v1/people': () => ({
    path: '/api/v1/people',
    body: { name: 'New', email: `new-${newId()}@example.org`, timeZone: 'UTC' },
  }),
  'POST /api/v1/people #roles': () => ({
    path: '/api/v1/people',
    body: { name: 'New', email: `new-${newId()}@example.org`, timeZone: 'UTC', roles: ['admin'] },
  }),
  'POST /api/v1/people #email': ({ people }) => ({
    path: '/api/v1/people',
    body: { name: 'New', email: people.mentee.email, timeZone: 'UTC' },
  }),
  'GET /api/v1/me': () => ({ path: '/api/v1/me' }),
  'GET /api/v1/people/:id': ({ people }) => ({ path: `/api/v1/people/${people.mentee.id}` }),
  'GET /api/v1/people/:id/export': ({ people }) => ({ path: `/api/v1/people/${people.mentee.id}/export` }),
  'POST /api/v1/people/:id/erase': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}/erase`,
    body: { reason },
  }),
  'PATCH /api/v1/people/:id': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}`,
    body: { timeZone: 'Europe/Paris' },
  }),
  'PATCH /api/v1/people/:id #roles': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}`,
    body: { roles: ['mentee', 'ops'] },
  }),
  'PATCH /api/v1/people/:id #email': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}`,
    body: { email: people.admin.email },
  }),
  'PATCH /api/v1/people/:id #ops': ({ people }) => ({
    path: `/api/v1/people/${people.ops.id}`,
    body: { name: people.ops.name },
  }),
  'PATCH /api/v1/people/:id #admin': ({ people }) => ({
    path: `/api/v1/people/${people.admin.id}`,
    body: { name: people.admin.name },
  }),
  'POST /api/v1/people/:id/consent': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}/consent`,
    body: { channel: 'whatsapp', given: true, source: 'a form' },
  }),
  'POST /api/v1/people/:id/invite': ({ people }) => ({ path: `/api/v1/people/${people.mentee.id}/invite` }),
  'POST /api/v1/people/:id/join': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}/join`,
    body: { goneId: people.mentor.id, reason },
  }),
  'POST /api/v1/people/:id/join #admin': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}/join`,
    body: { goneId: people.admin.id, reason: '' },
  }),
  'POST /api/v1/people/:id/sign-out': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}/sign-out`,
    body: { reason },
  }),
  'POST /api/v1/people/:id/sign-out #admin': ({ people }) => ({
    path: `/api/v1/people/${people.admin.id}/sign-out`,
    body: { reason },
  }),
  'GET /api/v1/pauses': () => ({ path: '/api/v1/pauses' }),
  'POST /api/v1/people/:id/pause': ({ people, programmeId }) => ({
    path: `/api/v1/people/${people.mentee.id}/pause`,
    body: { programmeId, reason },
  }),
  'POST /api/v1/people/:id/resume': ({ people, programmeId }) => ({
    path: `/api/v1/people/${people.mentee.id}/resume`,
    body: { programmeId, reason },
  }),
  'GET /api/v1/tokens': () => ({ path: '/api/v1/tokens' }),
  'POST /api/v1/tokens': () => ({ path: '/api/v1/tokens', body: { name: 'a program', scopes: ['admin'] } }),
  'DELETE /api/v1/tokens/:id': () => ({ path: `/api/v1/tokens/${newId()}` }),
  'GET /api/v1/programmes': () => ({ path: '/api/v1/programmes' }),
  'POST /api/v1/programmes': () => ({ path: '/api/v1/programmes', body: { name: `P ${newId()}` } }),
  'GET /api/v1/programmes/:id': ({ programmeId }) => ({ path: `/api/v1/programmes/${programmeId}` }),
  'PATCH /api/v1/programmes/:id': ({ programmeId }) => ({
    path: `/api/v1/programmes/${programmeId}`,
    body: { timeZone: 'UTC' },
  }),
  'GET /api/v1/programmes/:id/playbook': ({ programmeId }) => ({ path: `/api/v1/programmes/${programmeId}/playbook` }),
  'PUT /api/v1/programmes/:id/playbook': ({ programmeId }) => ({
    path: `/api/v1/programmes/${programmeId}/playbook`,
    body: { version: 99, settings: {} },
  }),
  'GET /api/v1/programmes/:id/ops': ({ programmeId }) => ({ path: `/api/v1/programmes/${programmeId}/ops` }),
  'PUT /api/v1/programmes/:id/ops/:personId': ({ people, programmeId }) => ({
    path: `/api/v1/programmes/${programmeId}/ops/${people.ops.id}`,
    body: { reason },
  }),
  'PUT /api/v1/programmes/:id/ops/:personId #mentee': ({ people, programmeId }) => ({
    path: `/api/v1/programmes/${programmeId}/ops/${people.mentee.id}`,
    body: { reason },
  }),
  'DELETE /api/v1/programmes/:id/ops/:personId': ({ people, programmeId }) => ({
    path: `/api/v1/programmes/${programmeId}/ops/${people.ops.id}`,
    body: { reason },
  }),
  'GET /api/v1/mentorships': () => ({ path: '/api/v1/mentorships' }),
  'GET /api/v1/mentorships #menteeId': ({ people }) => ({ path: `/api/v1/mentorships?menteeId=${people.mentee.id}` }),
  'POST /api/v1/mentorships': ({ people, programmeId }) => ({
    path: '/api/v1/mentorships',
    body: { programmeId, mentorId: people.mentor.id, menteeId: people.mentee.id },
  }),
  'POST /api/v1/import': () => ({ path: '/api/v1/import' }),
  'POST /webhooks/zoom': () => ({ path: '/webhooks/zoom', body: {} }),
  'GET /api/v1/webhook-events': () => ({ path: '/api/v1/webhook-events' }),
  'GET /webhooks/whatsapp': () => ({
    path: '/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1',
  }),
  'POST /webhooks/whatsapp': () => ({ path: '/webhooks/whatsapp', body: {} }),
  'POST /webhooks/mail': () => ({ path: '/webhooks/mail', body: {} }),
  'POST /webhooks/slack': () => ({ path: '/webhooks/slack', body: {} }),
  'POST /webhooks/google-calendar': () => ({ path: '/webhooks/google-calendar', body: {} }),
  'GET /calendar/connect': () => ({ path: '/calendar/connect' }),
  'GET /calendar/callback': () => ({ path: '/calendar/callback?code=x&state=y' }),
  'POST /calendar/disconnect': () => ({ path: '/calendar/disconnect' }),
  'GET /calendar/status': () => ({ path: '/calendar/status' }),
  'GET /healthz': () => ({ path: '/healthz' }),
  'GET /readyz': () => ({ path: '/readyz' }),
  'GET /metrics': () => ({ path: '/metrics' }),
  'GET /pages/script.js': () => ({ path: '/pages/script.js' }),
  'GET /pages/icon.svg': () => ({ path: '/pages/icon.svg' }),
  'GET /m/:token': ({ link }, t) => ({ path: `/m/${link('manage', t)}` }),
  'GET /m/:token #purpose': ({ link }, t) => ({ path: `/m/${link('join', t)}` }),
  'GET /m/:token/move': ({ link }, t) => ({ path: `/m/${link('manage', t)}/move` }),
  'GET /m/:token/cancel': ({ link }, t) => ({ path: `/m/${link('manage', t)}/cancel` }),
  'GET /m/:token/session.ics': ({ link }, t) => ({ path: `/m/${link('manage', t)}/session.ics` }),
  'POST /m/:token': ({ link }, t) => ({ path: `/m/${link('manage', t)}`, form: { answer: 'coming' } }),
  'GET /join/:token': ({ link }, t) => ({ path: `/join/${link('join', t)}` }),
  'GET /join/:token #purpose': ({ link }, t) => ({ path: `/join/${link('manage', t)}` }),
  'POST /join/:token': ({ link }, t) => ({ path: `/join/${link('join', t)}`, form: {} }),
  'GET /book/:mentorId': ({ people }) => ({ path: `/book/${people.mentor.id}` }),
  'POST /book/:mentorId': ({ people }, t) => ({ path: `/book/${people.mentor.id}`, form: { startsAt: free(t) } }),
  'GET /book/:mentorId/hold/:holdId': ({ people }, t) => ({ path: `/book/${people.mentor.id}/hold/${t.holdId}` }),
  'POST /book/:mentorId/hold/:holdId': ({ people }, t) => ({
    path: `/book/${people.mentor.id}/hold/${t.holdId}`,
    form: {},
  }),
  'GET /sessions/:id': (_, t) => ({ path: `/sessions/${t.sessionId}` }),
  'GET /sessions/:id/move': (_, t) => ({ path: `/sessions/${t.sessionId}/move` }),
  'GET /sessions/:id/merge': (_, t) => ({ path: `/sessions/${t.sessionId}/merge` }),
  'GET /settings': () => ({ path: '/settings' }),
  'GET /settings/devices': () => ({ path: '/settings/devices' }),
  'POST /settings': () => ({ path: '/settings', form: {} }),
  'GET /m/:token/settings': ({ link }, t) => ({ path: `/m/${link('manage', t)}/settings` }),
  'POST /m/:token/settings': ({ link }, t) => ({ path: `/m/${link('manage', t)}/settings`, form: {} }),
  'GET /invite/:token #purpose': ({ link }, t) => ({ path: `/invite/${link('manage', t)}` }),
  'POST /invite/:token #purpose': ({ link }, t) => ({ path: `/invite/${link('manage', t)}`, form: {} }),
  'GET /hours': () => ({ path: '/hours' }),
  'GET /conflicts': () => ({ path: '/conflicts' }),
  'GET /deliveries': () => ({ path: '/deliveries' }),
  'GET /people': () => ({ path: '/people' }),
  'GET /': () => ({ path: '/' }),
  'GET /sign-in': () => ({ path: '/sign-in' }),
  'POST /sign-in': ({ people }) => ({ path: '/sign-in', form: { address: people.mentee.email } }),
  'GET /sign-in/sent': () => ({ path: '/sign-in/sent' }),
  'POST /sign-in/code': () => ({ path: '/sign-in/code', form: { code: '123456' } }),
  'GET /sign-in/link/:link': () => ({ path: `/sign-in/link/${'a'.repeat(43)}` }),
  'POST /sign-in/link/:link': () => ({ path: `/sign-in/link/${'a'.repeat(43)}`, form: {} }),
  'GET /sign-in/google': () => ({ path: '/sign-in/google' }),
  'GET /sign-in/google/callback': () => ({ path: '/sign-in/google/callback?code=x&state=y' }),
  'POST /sign-out': () => ({ path: '/sign-out' }),
  'POST /sandbox/be': ({ people }) => ({ path: '/sandbox/be', form: { personId: people.mentee.id } }),
  'POST /sandbox/sign-in': ({ people }) => ({ path: '/sandbox/sign-in', body: { personId: people.mentee.id } }),
  'GET /enter/:token': ({ link }, t) => ({ path: `/enter/${link('manage', t)}` }),
  'GET /openapi.json': () => ({ path: '/openapi.json' }),
  'GET /docs': () => ({ path: '/docs' }),
  'GET /docs/start.js': () => ({ path: '/docs/start.js' }),
  'GET /docs/:file': () => ({ path: '/docs/swagger-ui.css' }),
}
