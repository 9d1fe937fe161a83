import { describe, expect, test } from 'vitest'
import type { App, Json } from './app.ts'
import { book, everybody, expectProblem, freeTimes, NOBODY, plus, signIn } from './people.ts'

export const hours = (app: () => App) =>
  describe('hours and free times', () => {
    const config = async (name: string) => {
      const { who } = await everybody(app())
      const path = `/api/v1/mentors/${who(name).id}/calendar-config`
      const answer = await app().ask('GET', path)
      return { path, id: who(name).id as string, body: answer.body, tag: answer.headers.get('etag') ?? '' }
    }

    test('hours come with a version and are only replaced by who has read it', async () => {
      const { path, body, tag } = await config('Tomasz Nowak')
      expect(tag).toMatch(/^"\d+"$/)
      expect(body).toMatchObject({
        timeZone: 'Europe/London',
        sessionMinutes: 30,
        weekly: expect.any(Array),
        calendarPolicy: 'refuse',
      })

      expectProblem(await app().ask('PUT', path, { body }), 428, 'if_match_missing')
      const stale = await app().ask('PUT', path, { body, headers: { 'if-match': '"999"' } })
      expectProblem(stale, 409, 'stale_revision')
      expect(stale.body.current).toMatchObject({ timeZone: 'Europe/London' })

      const written = await app().ask('PUT', path, { body, headers: { 'if-match': tag } })
      expect(written).toMatchObject({ status: 200, body: { affected: [] } })
      expect(written.headers.get('etag')).not.toBe(tag)
      expectProblem(await app().ask('PUT', path, { body, headers: { 'if-match': tag } }), 409, 'stale_revision')
    })

    test('new hours tell which booked sessions they would not offer', async () => {
      const { path, id, body, tag } = await config('Harriet Cole')
      const { mentees } = await everybody(app())
      const [startsAt] = (await freeTimes(app(), id)).slice(-1) as [string]
      const booked = await book(app(), id, mentees[20].id, startsAt)
      const away = [{ startsAt: plus(startsAt, -60), endsAt: plus(startsAt, 120), reason: 'A conference' }]
      const written = await app().ask('PUT', path, { body: { ...body, absences: away }, headers: { 'if-match': tag } })
      expect(written.body.affected).toEqual([
        { sessionId: booked.sessionId, startsAt, mentee: { id: mentees[20].id, name: mentees[20].name } },
      ])

      const listed = await app().get(`/api/v1/conflicts?from=${plus(startsAt, -60)}&to=${plus(startsAt, 60)}`)
      expect(listed.items.find((one: Json) => one.sessionId === booked.sessionId)).toMatchObject({
        causes: [{ cause: 'absence' }],
      })

      const again = await app().ask('PUT', path, { body, headers: { 'if-match': written.headers.get('etag') ?? '' } })
      expect(again.body.affected).toEqual([])
    })

    test.each<[string, object, string]>([
      ['an unknown zone', { timeZone: 'Mars/Base' }, 'timeZone'],
      ['an offset instead of a zone', { timeZone: '+05:30' }, 'timeZone'],
      ['an eighth weekday', { weekly: [{ weekday: 8, from: '09:00', to: '10:00' }] }, 'weekly.0.weekday'],
      ['25 o’clock', { weekly: [{ weekday: 1, from: '25:00', to: '10:00' }] }, 'weekly.0.from'],
      ['an object for a list', { weekly: {} }, 'weekly'],
      ['a session of no length', { sessionMinutes: 0 }, 'sessionMinutes'],
      ['a length beyond all reason', { sessionMinutes: 1e12 }, 'sessionMinutes'],
      [
        'an absence that ends before it starts',
        { absences: [{ startsAt: '2026-04-02T00:00:00Z', endsAt: '2026-04-01T00:00:00Z' }] },
        'absences.0.endsAt',
      ],
      ['the 30th of February', { overrides: [{ date: '2026-02-30', windows: [] }] }, 'overrides.0.date'],
      [
        'a NUL',
        { absences: [{ startsAt: '2026-04-01T00:00:00Z', endsAt: '2026-04-02T00:00:00Z', reason: 'a\0' }] },
        'absences.0.reason',
      ],
      [
        'half a surrogate pair',
        { absences: [{ startsAt: '2026-04-01T00:00:00Z', endsAt: '2026-04-02T00:00:00Z', reason: 'a\ud800' }] },
        'absences.0.reason',
      ],
    ])('hours with %s are refused by field, and the old ones stay', async (_, change, field) => {
      const { path, body, tag } = await config('Tomasz Nowak')
      expectProblem(
        await app().ask('PUT', path, { body: { ...body, ...change }, headers: { 'if-match': tag } }),
        400,
        'invalid',
        field,
      )
      expect((await config('Tomasz Nowak')).tag).toBe(tag)
    })

    test('all time that is not offered says why', async () => {
      const { id } = await config('Asha Verma')
      const { slots, blocked } = await app().get(
        `/api/v1/mentors/${id}/slots?from=2026-03-22T12:00:00Z&to=2026-05-10T00:00:00Z&explain=true`,
      )
      const known = new Set(
        [...slots, ...blocked].flatMap((one: Json) => {
          const starts: string[] = []
          for (let at = one.startsAt; at < one.endsAt; at = plus(at, 30)) starts.push(at)
          return starts
        }),
      )
      for (let at = '2026-03-22T12:00:00Z'; at < '2026-05-10T00:00:00Z'; at = plus(at, 30))
        expect(known, at).toContain(at)
      const reasons = new Set(blocked.flatMap((one: Json) => one.reasons))
      for (const reason of ['hours', 'closed_day', 'horizon']) expect(reasons).toContain(reason)
      for (const { startsAt, endsAt, reasons: why } of blocked) {
        expect(startsAt <= endsAt).toBe(true)
        expect(why.length).toBeGreaterThan(0)
      }
    })

    test.each([
      ['100 years', '2026-03-23T00:00:00Z', '2126-03-23T00:00:00Z', 'range_too_long'],
      ['92 days and a second', '2026-03-23T00:00:00Z', '2026-06-23T00:00:01Z', 'range_too_long'],
      ['an empty range', '2026-03-23T00:00:00Z', '2026-03-23T00:00:00Z', 'invalid'],
      ['an inverted range', '2026-03-24T00:00:00Z', '2026-03-23T00:00:00Z', 'invalid'],
      ['no instant', 'tomorrow', '2026-03-23T00:00:00Z', 'invalid'],
      ['a time without an offset', '2026-03-23T00:00:00', '2026-03-24T00:00:00', 'invalid'],
    ])('free times of %s are refused', async (_, from, to, code) => {
      const { id } = await config('Asha Verma')
      expectProblem(await app().ask('GET', `/api/v1/mentors/${id}/slots?from=${from}&to=${to}`), 400, code)
    })

    test('92 days are answered, and unknown mentors are not', async () => {
      const { id } = await config('Asha Verma')
      const range = 'from=2026-03-23T00:00:00Z&to=2026-06-23T00:00:00Z'
      expect((await app().ask('GET', `/api/v1/mentors/${id}/slots?${range}`)).status).toBe(200)
      expectProblem(await app().ask('GET', `/api/v1/mentors/${NOBODY}/slots?${range}`), 404, 'not_found')
      expectProblem(await app().ask('GET', `/api/v1/mentors/abc/slots?${range}`), 400, 'invalid', 'id')
      expectProblem(await app().ask('GET', `/api/v1/mentors/${id}/slots?${range}&wat=1`), 400, 'invalid')
    })

    test('a mentor sees their own hours and nobody else’s', async () => {
      const { path, id } = await config('Asha Verma')
      const { mentees } = await everybody(app())
      expect((await app().ask('GET', path, { as: await signIn(app(), id) })).status).toBe(200)
      expectProblem(await app().ask('GET', path, { as: await signIn(app(), mentees[0].id) }), 404, 'not_found')
      expectProblem(await app().ask('GET', path, { as: null }), 401, 'unauthenticated')
    })

    test('a window in the hour a clock change leaves out is not offered', async () => {
      const { path, id, body, tag } = await config('Tomasz Nowak')
      // In London the clocks go from 01:00 to 02:00 on 29 March 2026.
      const night = { ...body, overrides: [{ date: '2026-03-29', windows: [{ from: '00:00', to: '03:00' }] }] }
      const put = await app().ask('PUT', path, { body: night, headers: { 'if-match': tag } })
      const { slots } = await app().get(`/api/v1/mentors/${id}/slots?from=2026-03-29T00:00:00Z&to=2026-03-29T04:00:00Z`)
      expect(slots.map((one: Json) => one.startsAt)).toEqual([
        '2026-03-29T00:00:00Z',
        '2026-03-29T00:30:00Z',
        '2026-03-29T01:00:00Z',
        '2026-03-29T01:30:00Z',
      ])
      await app().ask('PUT', path, { body, headers: { 'if-match': put.headers.get('etag') ?? '' } })
    })
  })
