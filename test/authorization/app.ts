import { type Ask, DAY, HOURS } from './requests.ts'

const RANGE = 'from=2026-03-01&to=2026-04-01'

/** What the app for mentors and ops asks for beside the public surface: its document and files, and what its pages show. */
// biome-ignore format: one row, one line
export const APP_CELLS: Record<string, readonly number[]> = {
  //                                                  nobody, left, mentee, mentee of another, mentor, mentor of another, ops, ops of another, admin
  'GET /app':                                        [303, 303, 200, 200, 200, 200, 200, 200, 200],
  'GET /app/*':                                      [303, 303, 200, 200, 200, 200, 200, 200, 200],
  'GET /app/assets/:file':                           [404, 404, 404, 404, 404, 404, 404, 404, 404],
  'GET /api/v1/sessions/:id/lanes':                  [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'POST /api/v1/bookings/:id/reschedule #dryRun':    [401, 401, 422, 404, 422, 404, 422, 404, 422],
  'POST /api/v1/cases/:id/settle':                   [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'POST /api/v1/mentors/:id/calendar-config/check':  [401, 401, 404, 404, 200, 404, 200, 404, 200],
  'GET /api/v1/mentors/:id/week':                    [401, 401, 404, 404, 200, 404, 200, 404, 200],
  'GET /api/v1/mentors/:id/sessions':                [401, 401, 404, 404, 200, 404, 200, 404, 200],
  'GET /api/v1/mentors/:id/first-steps':             [401, 401, 404, 404, 200, 404, 200, 404, 200],
  'GET /api/v1/bookings/:id/times':                  [401, 401, 200, 404, 200, 404, 200, 404, 200],
  'GET /api/v1/today':                               [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/deliveries/desk':                     [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/deliveries/desk #personId':           [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/merges':                              [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/merges #sessionId':                   [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'GET /api/v1/connections':                         [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/examination':                         [401, 401, 403, 403, 403, 403, 403, 403, 200],
  'GET /api/v1/audit':                               [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/audit/seal':                          [401, 401, 403, 403, 403, 403, 403, 403, 200],
  'GET /api/v1/desk/people':                         [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/desk/people/:id':                     [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'GET /api/v1/people/:id/join':                     [401, 401, 403, 403, 403, 403, 422, 404, 422],
  'GET /api/v1/desk/programmes':                     [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/desk/programmes/:id/pairs':           [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'GET /api/v1/desk/programmes/:id/messages':        [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'GET /api/v1/desk/programmes/:id/ops':             [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'POST /api/v1/programmes/:id/playbook/difference': [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'GET /api/v1/numbers':                             [401, 401, 403, 403, 403, 403, 200, 200, 200],
  'GET /api/v1/numbers #programmeId':                [401, 401, 403, 403, 403, 403, 200, 404, 200],
  'GET /api/v1/numbers.csv':                         [401, 401, 403, 403, 403, 403, 200, 200, 200],
}

export const APP_REQUESTS: Record<string, Ask> = {
  'GET /app': () => ({ path: '/app' }),
  'GET /app/*': () => ({ path: '/app/today' }),
  'GET /app/assets/:file': () => ({ path: '/app/assets/nothing.js' }),
  'GET /api/v1/sessions/:id/lanes': (_, t) => ({ path: `/api/v1/sessions/${t.sessionId}/lanes` }),
  'POST /api/v1/bookings/:id/reschedule #dryRun': (_, t) => ({
    path: `/api/v1/bookings/${t.bookingId}/reschedule`,
    body: { startsAt: t.startsAt.add({ minutes: 120 }).toString(), revision: 1, dryRun: true },
  }),
  'POST /api/v1/cases/:id/settle': (_, t) => ({
    path: `/api/v1/cases/${t.caseId}/settle`,
    body: { reason: 'because' },
  }),
  'POST /api/v1/mentors/:id/calendar-config/check': ({ people }) => ({
    path: `/api/v1/mentors/${people.mentor.id}/calendar-config/check?${DAY}`,
    body: HOURS,
  }),
  'GET /api/v1/mentors/:id/week': ({ people }, _t) => ({ path: `/api/v1/mentors/${people.mentor.id}/week?${DAY}` }),
  'GET /api/v1/mentors/:id/sessions': ({ people }, _t) => ({ path: `/api/v1/mentors/${people.mentor.id}/sessions` }),
  'GET /api/v1/mentors/:id/first-steps': ({ people }) => ({ path: `/api/v1/mentors/${people.mentor.id}/first-steps` }),
  'GET /api/v1/bookings/:id/times': (_, t) => ({ path: `/api/v1/bookings/${t.bookingId}/times?${DAY}` }),
  'GET /api/v1/today': () => ({ path: '/api/v1/today' }),
  'GET /api/v1/deliveries/desk': () => ({ path: '/api/v1/deliveries/desk' }),
  'GET /api/v1/deliveries/desk #personId': ({ people }) => ({
    path: `/api/v1/deliveries/desk?view=all&personId=${people.mentee.id}`,
  }),
  'GET /api/v1/merges': () => ({ path: '/api/v1/merges' }),
  'GET /api/v1/merges #sessionId': (_, t) => ({ path: `/api/v1/merges?sessionId=${t.sessionId}` }),
  'GET /api/v1/connections': () => ({ path: '/api/v1/connections' }),
  'GET /api/v1/examination': () => ({ path: '/api/v1/examination' }),
  'GET /api/v1/audit': () => ({ path: '/api/v1/audit' }),
  'GET /api/v1/audit/seal': () => ({ path: '/api/v1/audit/seal' }),
  'GET /api/v1/desk/people': () => ({ path: '/api/v1/desk/people' }),
  'GET /api/v1/desk/people/:id': ({ people }) => ({ path: `/api/v1/desk/people/${people.mentee.id}` }),
  'GET /api/v1/people/:id/join': ({ people }) => ({
    path: `/api/v1/people/${people.mentee.id}/join?goneId=${people.mentor.id}`,
  }),
  'GET /api/v1/desk/programmes': () => ({ path: '/api/v1/desk/programmes' }),
  'GET /api/v1/desk/programmes/:id/pairs': ({ programmeId }) => ({
    path: `/api/v1/desk/programmes/${programmeId}/pairs`,
  }),
  'GET /api/v1/desk/programmes/:id/messages': ({ programmeId }) => ({
    path: `/api/v1/desk/programmes/${programmeId}/messages`,
  }),
  'GET /api/v1/desk/programmes/:id/ops': ({ programmeId }) => ({ path: `/api/v1/desk/programmes/${programmeId}/ops` }),
  'POST /api/v1/programmes/:id/playbook/difference': ({ programmeId }) => ({
    path: `/api/v1/programmes/${programmeId}/playbook/difference`,
    body: { settings: { reminders: { '30_MINUTES': { minutesBefore: 45 } } } },
  }),
  'GET /api/v1/numbers': () => ({ path: `/api/v1/numbers?${RANGE}` }),
  'GET /api/v1/numbers #programmeId': ({ programmeId }) => ({
    path: `/api/v1/numbers?${RANGE}&programmeId=${programmeId}`,
  }),
  'GET /api/v1/numbers.csv': () => ({ path: `/api/v1/numbers.csv?${RANGE}` }),
}
