import { request } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import type { App, Json } from './app.ts'
import { TOKEN } from './app.ts'
import { book, everybody, expectProblem, freeTimes, NOBODY } from './people.ts'

const LARGE = 300 * 1024

export const badInput = (app: () => App) =>
  describe('bad input', () => {
    let good: Record<string, Json>
    let before: Json
    const counts = async () => {
      const of = async (name: string) => (await app().get(`/api/v1/${name}?limit=500`)).items.length
      return {
        people: await of('people'),
        programmes: await of('programmes'),
        mentorships: await of('mentorships'),
        sessions: await of('sessions'),
      }
    }
    beforeAll(async () => {
      const { who, mentees } = await everybody(app())
      const mentor = who('Meera Krishnan')
      const [startsAt, other] = (await freeTimes(app(), mentor.id)).slice(-3) as [string, string]
      const booked = await book(app(), mentor.id, mentees[15].id, startsAt)
      const wish = { mentorId: mentor.id, menteeId: mentees[16].id, startsAt: other }
      good = {
        holds: wish,
        bookings: wish,
        'conflicts/check': { ...wish, endsAt: booked.endsAt },
        sessions: {
          programmeId: NOBODY,
          mentorId: mentor.id,
          menteeIds: [mentees[16].id],
          title: 'A talk',
          startsAt: other,
          endsAt: booked.endsAt,
        },
        'sessions/bulk': { sessionIds: [booked.sessionId], action: 'cancel', reason: 'ill', dryRun: true },
        'sessions/merge': { sessionIds: [booked.sessionId, NOBODY], reason: 'same', dryRun: true },
        people: { name: 'Never Made', email: 'never@example.org', timeZone: 'Asia/Kolkata' },
        programmes: { name: 'Never made' },
        mentorships: { programmeId: NOBODY, mentorId: mentor.id, menteeId: mentees[16].id },
        import: { people: 'x' },
        [`bookings/${booked.id}/reschedule`]: { startsAt: other, revision: 1 },
        [`bookings/${booked.id}/cancel`]: { reason: 'ill', revision: 99 },
        [`sessions/${booked.sessionId}/attendance`]: { personId: mentor.id, verdict: 'present', reason: 'seen' },
        [`mentorships/${NOBODY}/end`]: { at: other, reason: 'over' },
        [`merges/${NOBODY}/undo`]: { reason: 'wrong' },
      }
      before = await counts()
    })
    const each = async (run: (path: string, body: Json) => Promise<void>) => {
      for (const [path, body] of Object.entries(good)) await run(`/api/v1/${path}`, body)
    }

    test('a body that is no JSON object is refused everywhere', async () => {
      await each(async (path) => {
        for (const raw of ['{"a":', '[]', '"x"', 'null', '7', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`])
          expectProblem(await app().ask('POST', path, { raw }), 400, 'invalid')
        expect((await app().ask('POST', path, { raw: '' })).status).toBeLessThan(500)
      })
    })

    test('an unknown field is refused by name, __proto__ too', async () => {
      await each(async (path, body) => {
        expectProblem(await app().ask('POST', path, { body: { ...body, wat: 1 } }), 400, 'invalid')
        expectProblem(
          await app().ask('POST', path, { raw: `${JSON.stringify(body).slice(0, -1)},"__proto__":{"ops":true}}` }),
          400,
          'invalid',
        )
      })
    })

    test('every field with a value it cannot have is refused by its name', async () => {
      await each(async (path, body) => {
        for (const field of Object.keys(body)) {
          for (const value of [
            null,
            -1,
            1e300,
            123456789012345680000,
            'a\0b',
            '\ud800',
            [],
            {},
            [[]],
            'x'.repeat(100_000),
            `${NOBODY}'--`,
            '+275760-09-13T00:00:00Z',
          ]) {
            if (
              field === 'dryRun' ||
              (['reason', 'title', 'people', 'name'].includes(field) &&
                typeof value === 'string' &&
                value.length < 60 &&
                value.isWellFormed() &&
                !value.includes('\0'))
            )
              continue
            const answer = await app().ask('POST', path, { body: { ...body, [field]: value } })
            expectProblem(answer, 400, 'invalid')
            const [named] = answer.body.errors.map((one: Json) => one.field)
            if (path !== '/api/v1/import')
              expect(named, `${path} ${field} ${JSON.stringify(value).slice(0, 40)}`).toMatch(new RegExp(`^${field}`))
          }
        }
      })
    }, 60_000)

    test('another content type is refused, and a stranger is told nothing', async () => {
      await each(async (path, body) => {
        for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
          expectProblem(
            await app().ask('POST', path, { body, headers: { 'content-type': type } }),
            415,
            'unsupported_media_type',
          )
        expectProblem(await app().ask('POST', path, { body: {}, as: null }), 401, 'unauthenticated')
        expect([404, 405]).toContain((await app().ask('PUT', path, { body })).status)
      })
    })

    test('a body over the limit is refused, announced or not', async () => {
      const raw = JSON.stringify({ x: 'y'.repeat(LARGE) })
      await each(async (path) => {
        if (path !== '/api/v1/import') expectProblem(await app().ask('POST', path, { raw }), 413, 'too_large')
      })
      expect(await chunked('/api/v1/bookings', LARGE)).toBe(413)
      expect(await chunked('/api/v1/bookings', 5 * 1024 * 1024)).toBe(413)
      expect(await chunked('/api/v1/bookings', 20_000)).toBe(400)
    })

    test('ids that are none are refused, and unknown ones are not found', async () => {
      for (const path of [
        'bookings/{}',
        'sessions/{}',
        'sessions/{}/timeline',
        'sessions/{}/attendance',
        'people/{}',
        'programmes/{}',
        'mentors/{}/calendar-config',
      ]) {
        expectProblem(await app().ask('GET', `/api/v1/${path.replace('{}', NOBODY)}`), 404, 'not_found')
        for (const id of ['abc', '__proto__', '%00', '%E0%A4%A', `${NOBODY}%27`, 'a'.repeat(3000), '..%2f..%2fetc']) {
          const answer = await app().ask('GET', `/api/v1/${path.replace('{}', id)}`)
          expect([400, 404], `${path} ${id.slice(0, 20)}`).toContain(answer.status)
          expect(answer.headers.get('content-type')).toBe('application/problem+json')
        }
      }
      for (const [path, body] of Object.entries(good)) {
        for (const field of ['mentorId', 'menteeId', 'personId', 'programmeId']) {
          if (!(field in body)) continue
          const answer = await app().ask('POST', `/api/v1/${path}`, { body: { ...body, [field]: NOBODY } })
          expect([400, 404, 422], `${path} ${field}`).toContain(answer.status)
          expect(answer.headers.get('content-type')).toBe('application/problem+json')
        }
      }
    })

    test('the sandbox refuses what it cannot play', async () => {
      const refused: [string, string, unknown][] = [
        ['POST', '/sandbox/clock/advance', {}],
        ['POST', '/sandbox/clock/advance', { by: '4h' }],
        ['POST', '/sandbox/clock/advance', { by: '-PT1H' }],
        ['POST', '/sandbox/clock/advance', { by: 'P1Y' }],
        ['POST', '/sandbox/clock/advance', { by: 'P10000000000D' }],
        ['POST', '/sandbox/clock/advance', { to: '2020-01-01T00:00:00Z' }],
        ['POST', '/sandbox/clock/advance', { to: '2199-01-01T00:00:00Z' }],
        ['POST', `/sandbox/zoom/${NOBODY}/join`, {}],
        ['POST', `/sandbox/zoom/${NOBODY}/join`, { person: '\0' }],
        ['POST', `/sandbox/zoom/${NOBODY}/join`, { person: 'Asha Verma', as: 'king' }],
        ['POST', '/sandbox/whatsapp/abc/reply', { text: 'hello' }],
        ['POST', '/sandbox/whatsapp/+919000000001/reply', {}],
        ['PUT', '/sandbox/faults', { vendor: 'aol', kind: 'outage' }],
        ['PUT', '/sandbox/faults', { vendor: 'zoom', kind: 'latency', rate: 5 }],
        ['PUT', '/sandbox/faults', { vendor: 'zoom', kind: 'latency', count: 1e30, ms: 1e30 }],
      ]
      for (const [method, path, body] of refused) expectProblem(await app().ask(method, path, { body }), 400, 'invalid')
      expectProblem(
        await app().ask('POST', `/sandbox/zoom/${NOBODY}/join`, { body: { person: 'Asha Verma' } }),
        404,
        'not_found',
      )
      expectProblem(
        await app().ask('POST', '/sandbox/whatsapp/+919000000001/reply', { body: { button: 'nobody has this' } }),
        404,
        'not_found',
      )
      for (const path of ['/sandbox/inbox', '/sandbox/faults'])
        expectProblem(await app().ask('GET', path, { as: null }), 401, 'unauthenticated')
      expect(await app().get('/sandbox/clock')).toMatchObject({ now: '2026-03-22T12:00:00Z', running: false })
    })

    test('nothing of all this is left behind', async () => {
      expect(await counts()).toEqual(before)
    })

    /** A body whose length is not announced. */
    const chunked = (path: string, bytes: number) =>
      new Promise<number>((resolve, reject) => {
        const call = request(
          app().url + path,
          {
            method: 'POST',
            headers: {
              authorization: `Bearer ${TOKEN}`,
              'content-type': 'application/json',
              'transfer-encoding': 'chunked',
            },
          },
          (answer) => {
            answer.resume()
            resolve(answer.statusCode ?? 0)
          },
        )
        call.on('error', reject)
        call.write('{"x":"')
        for (let sent = 0; sent < bytes; sent += 65_536) call.write('y'.repeat(65_536))
        call.end('"}')
      })
  })
