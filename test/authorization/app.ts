import type { Ask } from './requests.ts'

/** What the app for mentors and ops asks for beside the public surface: its document and files, and what its pages show. */
// biome-ignore format: one row, one line
export const APP_CELLS: Record<string, readonly number[]> = {
  //                                                  nobody, left, mentee, mentee of another, mentor, mentor of another, ops, ops of another, admin
  'GET /app':                                        [303, 303, 200, 200, 200, 200, 200, 200, 200],
  'GET /app/*':                                      [303, 303, 200, 200, 200, 200, 200, 200, 200],
  'GET /app/assets/:file':                           [404, 404, 404, 404, 404, 404, 404, 404, 404],
  'GET /api/v1/today':                               [401, 401, 403, 403, 403, 403, 200, 200, 200],
}

export const APP_REQUESTS: Record<string, Ask> = {
  'GET /app': () => ({ path: '/app' }),
  'GET /app/*': () => ({ path: '/app/today' }),
  'GET /app/assets/:file': () => ({ path: '/app/assets/nothing.js' }),
  'GET /api/v1/today': () => ({ path: '/api/v1/today' }),
}
