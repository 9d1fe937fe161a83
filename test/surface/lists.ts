import { describe, expect, test } from 'vitest'
import type { App, Json } from './app.ts'
import { book, everybody, expectProblem, freeTimes, NOBODY, signIn } from './people.ts'

const LISTS = ['people', 'programmes', 'mentorships', 'sessions', 'deliveries', 'webhook-events']

export const lists = (app: () => App) =>
  describe('lists, people and pages', () => {
    test.each(LISTS)('%s come a page at a time, nothing twice and nothing left out', async (name) => {
      const whole = (await app().get(`/api/v1/${name}?limit=500`)).items.map((one: Json) => one.id)
      const seen: string[] = []
      let cursor = ''
      do {
        const page = await app().get(`/api/v1/${name}?limit=7${cursor}`)
        expect(page.items.length).toBeLessThanOrEqual(7)
        seen.push(...page.items.map((one: Json) => one.id))
        cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : ''
      } while (cursor && seen.length < 500)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.slice(0, whole.length)).toEqual(whole.slice(0, seen.length))
      expect((await app().get(`/api/v1/${name}`)).items.length).toBeLessThanOrEqual(100)
    })

    test.each(LISTS)('%s refuse a limit or cursor that is none', async (name) => {
      for (const limit of ['0', '501', '-1', 'abc', '1.5', ''])
        expectProblem(await app().ask('GET', `/api/v1/${name}?limit=${limit}`), 400, 'invalid', 'limit')
      expectProblem(await app().ask('GET', `/api/v1/${name}?cursor=garbage`), 400, 'invalid', 'cursor')
      expectProblem(await app().ask('GET', `/api/v1/${name}?cursor=%00`), 400, 'invalid')
      expectProblem(await app().ask('GET', `/api/v1/${name}`, { as: null }), 401, 'unauthenticated')
      expectProblem(
        await app().ask('GET', `/api/v1/${name}`, { headers: { authorization: 'Bearer nobody-knows' } }),
        401,
        'unauthenticated',
      )
    })

    test('the demo week has its people: mentors, mentees, an admin, and who is reached how', async () => {
      const { items } = await everybody(app())
      const of = (role: string) => items.filter((one) => one.roles.includes(role) && one.email.endsWith('example.com'))
      for (const person of items) {
        expect(person).toMatchObject({
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          name: expect.any(String),
          email: expect.stringContaining('@'),
          roles: expect.any(Array),
          timeZone: expect.any(String),
          channels: expect.any(Array),
          mentorIds: expect.any(Array),
        })
        for (const channel of person.channels) expect(['whatsapp', 'email']).toContain(channel)
      }
      expect(of('mentor').length).toBeGreaterThanOrEqual(12)
      expect(of('mentee').length).toBeGreaterThanOrEqual(40)
      expect(
        of('mentor')
          .slice(0, 12)
          .every((one) => one.channels.length === 2),
      ).toBe(true)
      expect(of('mentee').filter((one) => one.channels.length === 2).length).toBeGreaterThanOrEqual(36)
      const { items: programmes } = await app().get('/api/v1/programmes')
      expect(programmes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ booking: 'open', room: 'zoom' }),
          expect.objectContaining({ room: 'meet' }),
        ]),
      )
    })

    test('an import is all or nothing and names every bad line', async () => {
      const people = (lines: string[]) =>
        ['email,name,role,time_zone,locale,phone,aliases,whatsapp_consent_at,whatsapp_consent_source', ...lines].join(
          '\n',
        )
      const good = 'in@example.org,Ina Now,mentee,Asia/Kolkata,en,+919876543219,,2026-03-01T00:00:00Z,form'
      const bad = await app().post('/api/v1/import', {
        people: people([good, 'x@example.org,X,mentee,Mars/Base,en,12345,,,', good]),
      })
      expectProblem(bad, 400, 'invalid')
      expect(bad.body.errors.map((one: Json) => one.field)).toEqual(
        expect.arrayContaining([
          'people.csv:3 time_zone',
          'people.csv:3 phone',
          expect.stringMatching(/^people\.csv:4/),
        ]),
      )
      expect((await app().get('/api/v1/people?email=in@example.org')).items).toEqual([])

      expect((await app().post('/api/v1/import', { people: people([good]), dryRun: true })).body).toMatchObject({
        dryRun: true,
        people: { created: 1 },
      })
      expect((await app().get('/api/v1/people?email=in@example.org')).items).toEqual([])
      expect((await app().post('/api/v1/import', { people: people([good]) })).body).toMatchObject({
        people: { created: 1 },
      })
      expect((await app().get('/api/v1/people?email=in@example.org')).items).toMatchObject([
        { name: 'Ina Now', channels: ['whatsapp', 'email'] },
      ])
      expect((await app().post('/api/v1/import', { people: people([good]) })).body).toMatchObject({
        people: { created: 0, unchanged: 1 },
      })
    })

    test('a person made twice is refused, and a right is not given to oneself', async () => {
      const body = { name: 'Once Only', email: 'once@example.org', timeZone: 'Europe/Berlin' }
      expect((await app().post('/api/v1/people', body)).status).toBe(201)
      expectProblem(await app().post('/api/v1/people', body), 409, 'conflict')
      expectProblem(
        await app().post('/api/v1/people', { ...body, email: 'other@example.org', phone: '12345' }),
        400,
        'invalid',
        'phone',
      )
      const { mentees } = await everybody(app())
      const mine = await signIn(app(), mentees[0].id)
      expect(
        (await app().ask('PATCH', `/api/v1/people/${mentees[0].id}`, { body: { roles: ['admin'] }, as: mine })).status,
      ).toBe(403)
      expectProblem(
        await app().ask('POST', '/api/v1/people', { body: { ...body, email: 'third@example.org' }, as: mine }),
        403,
        'forbidden',
      )
    })

    test('monitors, documentation and the first page answer without a right', async () => {
      const answers = Object.fromEntries(
        await Promise.all(
          ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/'].map(
            async (path) => [path, await app().ask('GET', path, { as: null })] as const,
          ),
        ),
      )
      for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'])
        expect(answers[path]?.status, path).toBe(200)
      expect(answers['/']?.status).toBeLessThan(400)
      expect(answers['/healthz']?.body).toMatchObject({ ok: true })
      expect(answers['/metrics']?.body).toContain('# HELP')
      const { openapi, paths } = answers['/openapi.json']?.body ?? {}
      expect(openapi).toMatch(/^3\./)
      for (const path of [
        'bookings',
        'bookings/{id}/reschedule',
        'holds',
        'mentors/{id}/slots',
        'mentors/{id}/calendar-config',
        'sessions/{id}/timeline',
        'sessions/merge',
        'merges/{mergeId}/undo',
        'conflicts',
        'conflicts/check',
        'people',
        'import',
        'webhook-events',
        'events',
      ])
        expect(Object.keys(paths)).toContain(`/api/v1/${path}`)
      for (const one of Object.values(answers)) expect(one.headers.get('x-content-type-options')).toBe('nosniff')
    })

    test('changes are told as they happen', async () => {
      const { who, mentees } = await everybody(app())
      const stop = new AbortController()
      const answer = await fetch(`${app().url}/api/v1/events`, {
        headers: { authorization: 'Bearer surface-token-1' },
        signal: stop.signal,
      })
      expect(answer.headers.get('content-type')).toContain('text/event-stream')
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
      const heard = async () => new TextDecoder().decode((await reader.read()).value)
      expect(await heard()).toContain('event: open')
      const mentor = who('Rohan Iyer')
      await book(app(), mentor.id, mentees[13].id, (await freeTimes(app(), mentor.id)).at(-1) as string)
      expect(await heard()).toContain('event: changed')
      stop.abort()
    })

    test('the links in a message open the room and the manage page; a link that is none says so', async () => {
      const { who, mentees } = await everybody(app())
      const mentor = who('Rohan Iyer')
      const startsAt = (await freeTimes(app(), mentor.id)).at(-3) as string
      // Where it is day: by night the message would wait for the morning.
      const mentee = mentees.find((one) => one.timeZone === 'Asia/Kolkata') as Json
      const { sessionId } = await book(app(), mentor.id, mentee.id, startsAt)
      await app().post('/sandbox/clock/advance', { by: 'PT0S' })
      const { items } = await app().get(`/sandbox/inbox?session=${sessionId}&person=${mentee.id}&channel=whatsapp`)
      expect(items[0]).toMatchObject({
        id: expect.any(String),
        at: '2026-03-22T12:00:00Z',
        channel: 'whatsapp',
        to: mentee.phone,
        personId: mentee.id,
        sessionId,
        template: 'MENTORSHIP_SESSION_BOOKED_TO_MENTEE',
        effectKey: expect.stringMatching(/^booked:/),
        text: expect.any(String),
        buttons: [],
      })
      const links = [...items[0].text.matchAll(/http\S+\/(m|join)\/[\w-]+/g)].map(([link]) =>
        link.replace(app().url, ''),
      )
      expect(links.map((link) => link.split('/')[1]).toSorted()).toEqual(['join', 'm'])
      for (const link of links) {
        const page = await app().ask('GET', link, { as: null })
        expect(page.status, link).toBeLessThan(400)
        expect(page.headers.get('content-type')).toContain('text/html')
        expect((await app().ask('GET', `${link}x`, { as: null })).status).toBe(404)
      }
      expect((await app().ask('GET', '/join/%00', { as: null })).status).toBe(400)
      expect((await app().ask('GET', `/m/${NOBODY}`, { as: null })).status).toBe(404)
    })
  })
