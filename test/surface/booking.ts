import { beforeAll, describe, expect, test } from 'vitest'
import type { App, Json } from './app.ts'
import { book, everybody, expectProblem, freeTimes, NOBODY, plus, signIn } from './people.ts'

export const booking = (app: () => App) =>
  describe('booking', () => {
    let mentor: Json
    let mentees: Json[]
    let free: string[]
    const next = (): string => {
      const startsAt = free.shift()
      if (!startsAt) throw new Error('No free time is left.')
      return startsAt
    }
    beforeAll(async () => {
      const people = await everybody(app())
      mentor = people.who('Tomasz Nowak')
      mentees = people.mentees
      // Every other start: a session keeps a pause after itself.
      free = (await freeTimes(app(), mentor.id, { from: '2026-03-30T00:00:00Z', to: '2026-04-20T00:00:00Z' })).filter(
        (_, n) => n % 2 === 0,
      )
    })
    const wish = (startsAt: string, menteeId = mentees[0].id) => ({ mentorId: mentor.id, menteeId, startsAt })

    test('a free time is booked, read again, and is no longer free', async () => {
      const startsAt = next()
      const booked = await book(app(), mentor.id, mentees[0].id, startsAt)
      expect(booked).toEqual({
        id: expect.any(String),
        sessionId: expect.any(String),
        ...wish(startsAt),
        endsAt: plus(startsAt, 30),
        revision: 1,
        status: 'booked',
      })
      expect(await app().get(`/api/v1/bookings/${booked.id}`)).toEqual(booked)
      expect(await freeTimes(app(), mentor.id, { from: startsAt, to: plus(startsAt, 30) })).toEqual([])
      expect(await app().get(`/api/v1/sessions/${booked.sessionId}`)).toMatchObject({
        id: booked.sessionId,
        startsAt,
        kind: 'mentorship',
        revision: 1,
        status: 'scheduled',
      })
    })

    test('a time that is taken names what is in the way, whole to ops and in outline to others, with three free times', async () => {
      const startsAt = next()
      const booked = await book(app(), mentor.id, mentees[0].id, startsAt)
      const taken = await app().post('/api/v1/bookings', wish(startsAt, mentees[1].id))
      expectProblem(taken, 409, 'slot_taken')
      expect(taken.body.conflicts).toContainEqual({
        layer: 'booking',
        id: booked.id,
        startsAt,
        endsAt: plus(startsAt, 30),
        whose: 'mentor',
      })
      expect(taken.body.alternatives).toHaveLength(3)

      const body = { mentorId: mentor.id, startsAt }
      const other = await app().ask('POST', '/api/v1/bookings', { body, as: await signIn(app(), mentees[1].id) })
      expectProblem(other, 409, 'slot_taken')
      expect(other.body.conflicts).toEqual([
        { layer: 'booking', startsAt, endsAt: plus(startsAt, 30), whose: 'mentor' },
      ])
      for (const time of other.body.alternatives)
        expect(await freeTimes(app(), mentor.id, { from: time.startsAt, to: time.endsAt })).toContain(time.startsAt)

      const check = await app().post('/api/v1/conflicts/check', {
        ...wish(startsAt, mentees[1].id),
        endsAt: plus(startsAt, 30),
      })
      expect(check).toMatchObject({ status: 200, body: { conflicts: [{ id: booked.id }] } })
      const refused = (await app().get(`/api/v1/conflicts?from=2026-03-22T00:00:00Z&to=2026-04-20T00:00:00Z`)).refused
      expect(refused.filter((one: Json) => one.startsAt === startsAt && one.code === 'slot_taken')).toHaveLength(2)
    })

    test('of ten who ask at once, one gets the time', async () => {
      const startsAt = next()
      const answers = await Promise.all(
        mentees.slice(0, 10).map((mentee) => app().post('/api/v1/bookings', wish(startsAt, mentee.id))),
      )
      expect(answers.map((one) => one.status).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
    })

    test('a hold keeps a time for ten minutes and becomes the booking', async () => {
      const startsAt = next()
      const held = await app().post('/api/v1/holds', wish(startsAt))
      expect(held).toMatchObject({ status: 201, body: { id: expect.any(String), expiresAt: '2026-03-22T12:10:00Z' } })
      const other = await app().post('/api/v1/bookings', wish(startsAt, mentees[1].id))
      expectProblem(other, 409, 'slot_taken')
      expect(other.body.conflicts).toMatchObject([{ layer: 'hold', whose: 'mentor' }])
      expectProblem(
        await app().post('/api/v1/bookings', { ...wish(startsAt, mentees[1].id), holdId: held.body.id }),
        404,
        'not_found',
      )
      expect(await app().post('/api/v1/bookings', { ...wish(startsAt), holdId: held.body.id })).toMatchObject({
        status: 201,
        body: { startsAt },
      })

      const second = next()
      const given = await app().post('/api/v1/holds', wish(second))
      expect((await app().ask('DELETE', `/api/v1/holds/${given.body.id}`)).status).toBe(204)
      expect(await freeTimes(app(), mentor.id, { from: second, to: plus(second, 30) })).toEqual([second])
      expectProblem(await app().ask('DELETE', `/api/v1/holds/${NOBODY}`), 404, 'not_found')
    })

    test('the same key books once; with another body, or while it runs, it is refused', async () => {
      const startsAt = next()
      const headers = { 'idempotency-key': 'key-1' }
      const first = await app().ask('POST', '/api/v1/bookings', { body: wish(startsAt), headers })
      const again = await app().ask('POST', '/api/v1/bookings', { body: wish(startsAt), headers })
      expect([again.status, again.body]).toEqual([201, first.body])
      expectProblem(
        await app().ask('POST', '/api/v1/bookings', { body: wish(next()), headers }),
        422,
        'idempotency_key_reused',
      )
      expectProblem(
        await app().ask('POST', '/api/v1/bookings', { body: wish(startsAt), headers: { 'idempotency-key': 'a b' } }),
        400,
        'invalid',
        'Idempotency-Key',
      )

      const rush = next()
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          app().ask('POST', '/api/v1/bookings', { body: wish(rush), headers: { 'idempotency-key': 'key-2' } }),
        ),
      )
      const booked = answers.filter((one) => one.status === 201)
      expect(new Set(booked.map((one) => one.body.id)).size).toBe(1)
      for (const one of answers.filter((answer) => answer.status !== 201))
        expectProblem(one, 409, 'idempotency_in_flight')
    })

    test('a booking is moved and cancelled by who knows its revision', async () => {
      const [startsAt, later] = [next(), next()]
      const booked = await book(app(), mentor.id, mentees[2].id, startsAt)
      const path = `/api/v1/bookings/${booked.id}`
      const stale = await app().post(`${path}/reschedule`, { startsAt: later, revision: 7 })
      expectProblem(stale, 409, 'stale_revision')
      expect(stale.body.current).toMatchObject({ id: booked.id, revision: 1, startsAt })

      const moved = await app().post(`${path}/reschedule`, { startsAt: later, revision: 1 })
      expect(moved).toMatchObject({ status: 200, body: { id: booked.id, startsAt: later, revision: 2 } })
      expectProblem(await app().post(`${path}/reschedule`, { startsAt, revision: 1 }), 409, 'stale_revision')
      expectProblem(await app().post(`${path}/cancel`, { reason: 'Ill', revision: 1 }), 409, 'stale_revision')
      expect(await app().post(`${path}/cancel`, { reason: 'Ill', revision: 2 })).toMatchObject({
        status: 200,
        body: { status: 'cancelled' },
      })
      expect(await freeTimes(app(), mentor.id, { from: later, to: plus(later, 30) })).toEqual([later])
      const { entries } = await app().get(`/api/v1/sessions/${booked.sessionId}/timeline`)
      expect(entries.map((one: Json) => one.kind)).toEqual(
        expect.arrayContaining(['booked', 'rescheduled', 'cancelled']),
      )
    })

    test('a session is moved onto a time that overlaps its own old one', async () => {
      const person = (await everybody(app())).who('Asha Verma')
      const [startsAt, half] = (await freeTimes(app(), person.id, {
        from: '2026-03-31T00:00:00Z',
        to: '2026-04-07T00:00:00Z',
      })) as [string, string]
      const booked = await book(app(), person.id, mentees[3].id, startsAt)
      const moved = await app().post(`/api/v1/bookings/${booked.id}/reschedule`, { startsAt: half, revision: 1 })
      expect(moved, JSON.stringify(moved.body)).toMatchObject({ status: 200, body: { startsAt: half } })
    })

    test('what the rules do not offer is refused with the rules', async () => {
      for (const [startsAt, reason] of [
        ['2026-03-22T12:30:00Z', 'notice'],
        ['2026-03-20T19:00:00Z', 'past'],
        ['2026-06-01T18:00:00Z', 'horizon'],
        ['2026-03-24T03:00:00Z', 'hours'],
        ['2026-03-24T18:07:00Z', 'grid'],
      ] as const) {
        const answer = await app().post('/api/v1/bookings', wish(startsAt))
        expectProblem(answer, 422, 'not_offered')
        expect(answer.body.reasons, startsAt).toContain(reason)
      }
    })

    test('mentees book for themselves, and only what is theirs is seen', async () => {
      const [mine, startsAt] = [await signIn(app(), mentees[4].id), next()]
      expectProblem(
        await app().ask('POST', '/api/v1/bookings', { body: wish(startsAt, mentees[5].id), as: mine }),
        403,
        'forbidden',
      )
      const booked = await app().ask('POST', '/api/v1/bookings', { body: { mentorId: mentor.id, startsAt }, as: mine })
      expect(booked).toMatchObject({ status: 201, body: { menteeId: mentees[4].id } })
      const theirs = await signIn(app(), mentees[5].id)
      expectProblem(await app().ask('GET', `/api/v1/bookings/${booked.body.id}`, { as: theirs }), 404, 'not_found')
      expectProblem(
        await app().ask('GET', `/api/v1/sessions/${booked.body.sessionId}`, { as: theirs }),
        404,
        'not_found',
      )
      expectProblem(await app().ask('GET', '/api/v1/deliveries', { as: theirs }), 403, 'forbidden')
      const own = await app().ask('GET', '/api/v1/sessions', { as: mine })
      expect(own.body.items.map((one: Json) => one.id)).toContain(booked.body.sessionId)
      for (const session of own.body.items)
        expect(session.participants.map((one: Json) => one.personId)).toContain(mentees[4].id)
    })

    test('in an assigned programme a pair and its budget decide', async () => {
      const ask = (path: string, body: unknown) => app().post(`/api/v1/${path}`, body)
      const make = async (name: string, role: string) =>
        (
          await ask('people', {
            name,
            email: `${name.toLowerCase().replace(' ', '.')}@example.org`,
            timeZone: 'Europe/Berlin',
            roles: [role],
          })
        ).body
      const [teacher, pupil, stranger] = [
        await make('Anna Berg', 'mentor'),
        await make('Ben Wolf', 'mentee'),
        await make('Cleo Sand', 'mentee'),
      ]
      expect(teacher).toMatchObject({
        id: expect.any(String),
        name: 'Anna Berg',
        email: 'anna.berg@example.org',
        roles: ['mentor'],
        timeZone: 'Europe/Berlin',
        mentorIds: [],
      })
      const path = `/api/v1/mentors/${teacher.id}/calendar-config`
      const { headers } = await app().ask('GET', path)
      const config = {
        timeZone: 'Europe/Berlin',
        weekly: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '09:00', to: '17:00' })),
        sessionMinutes: 60,
        minimumNoticeMinutes: 60,
        horizonDays: 30,
      }
      expect(
        (await app().ask('PUT', path, { body: config, headers: { 'if-match': headers.get('etag') ?? '' } })).status,
      ).toBe(200)

      const one = (await ask('programmes', { name: 'Assigned one', booking: 'assigned' })).body
      const two = (await ask('programmes', { name: 'Assigned two', booking: 'assigned' })).body
      const pair = await ask('mentorships', {
        programmeId: one.id,
        mentorId: teacher.id,
        menteeId: pupil.id,
        sessions: 1,
      })
      expect(pair).toMatchObject({ status: 201, body: { id: expect.any(String), sessions: 1, booked: 0 } })
      expect((await app().get(`/api/v1/people/${pupil.id}`)).mentorIds).toEqual([teacher.id])

      const [first, second] = (await freeTimes(app(), teacher.id)) as [string, string]
      const booking = (menteeId: string, startsAt: string, more = {}) =>
        ask('bookings', { mentorId: teacher.id, menteeId, startsAt, ...more })
      const paired = await booking(pupil.id, first)
      expect(paired, JSON.stringify(paired.body)).toMatchObject({ status: 201 })
      expectProblem(await booking(pupil.id, second), 422, 'budget_spent')
      expectProblem(await booking(stranger.id, second), 422, 'not_paired')

      const other = await ask('mentorships', {
        programmeId: two.id,
        mentorId: teacher.id,
        menteeId: pupil.id,
        sessions: 5,
      })
      const third = (await freeTimes(app(), teacher.id))[0] as string
      expectProblem(await booking(pupil.id, third), 422, 'mentorship_ambiguous')
      expect(await booking(pupil.id, third, { mentorshipId: other.body.id })).toMatchObject({ status: 201 })

      const end = { at: '2026-03-22T12:00:00Z', reason: 'Moved on', dryRun: true }
      expect(await ask(`mentorships/${other.body.id}/end`, end)).toMatchObject({
        status: 200,
        body: { dryRun: true, affected: expect.any(Array) },
      })
      expect(await ask(`mentorships/${other.body.id}/end`, { ...end, dryRun: false })).toMatchObject({
        status: 200,
        body: { endedAt: end.at },
      })
    })

    test('many sessions are cancelled by one action, after a preview that changed nothing', async () => {
      const sessions = [
        await book(app(), mentor.id, mentees[6].id, next()),
        await book(app(), mentor.id, mentees[7].id, next()),
      ]
      const body = {
        sessionIds: sessions.map((one) => one.sessionId),
        action: 'cancel',
        reason: 'The mentor is ill',
        dryRun: true,
      }
      expect(await app().post('/api/v1/sessions/bulk', body)).toMatchObject({
        status: 200,
        body: { dryRun: true, items: [{}, {}] },
      })
      for (const one of sessions) expect((await app().get(`/api/v1/bookings/${one.id}`)).status).toBe('booked')
      expect((await app().post('/api/v1/sessions/bulk', { ...body, dryRun: false })).status).toBe(200)
      for (const one of sessions) expect((await app().get(`/api/v1/bookings/${one.id}`)).status).toBe('cancelled')
    })

    test('sessions are merged after a preview, and taken apart again', async () => {
      const sessions = [
        await book(app(), mentor.id, mentees[8].id, next()),
        await book(app(), mentor.id, mentees[9].id, next()),
      ]
      const body = { sessionIds: sessions.map((one) => one.sessionId), reason: 'Same question' }
      const preview = await app().post('/api/v1/sessions/merge', { ...body, dryRun: true })
      expect(preview).toMatchObject({ status: 200, body: { mergeId: null, survivorId: expect.any(String) } })
      for (const one of sessions)
        expect((await app().get(`/api/v1/sessions/${one.sessionId}`)).status).toBe('scheduled')

      const merged = await app().post('/api/v1/sessions/merge', body)
      expect(merged).toMatchObject({
        status: 200,
        body: { mergeId: expect.any(String), survivorId: preview.body.survivorId },
      })
      const gone = sessions.find((one) => one.sessionId !== merged.body.survivorId)
      expect(await app().get(`/api/v1/sessions/${gone?.sessionId}`)).toMatchObject({
        status: 'merged',
        mergedInto: merged.body.survivorId,
      })
      expect((await app().get(`/api/v1/sessions/${merged.body.survivorId}`)).participants).toHaveLength(3)

      const undone = await app().post(`/api/v1/merges/${merged.body.mergeId}/undo`, {})
      expect(undone, JSON.stringify(undone.body)).toMatchObject({ status: 200 })
      for (const one of sessions)
        expect(await app().get(`/api/v1/sessions/${one.sessionId}`)).toMatchObject({
          status: 'scheduled',
          startsAt: one.startsAt,
        })
      expectProblem(await app().post(`/api/v1/merges/${NOBODY}/undo`, {}), 404, 'not_found')
    })

    test('a published group session blocks its mentor like any other', async () => {
      const startsAt = next()
      const { items } = await app().get('/api/v1/programmes')
      const programmeId = items.find((one: Json) => one.name.startsWith('Launchpad, Spring')).id
      const body = {
        programmeId,
        mentorId: mentor.id,
        menteeIds: [mentees[10].id, mentees[11].id],
        title: 'Office hour',
        startsAt,
        endsAt: plus(startsAt, 30),
      }
      const published = await app().post('/api/v1/sessions', body)
      expect(published, JSON.stringify(published.body)).toMatchObject({
        status: 201,
        body: { kind: 'group', title: 'Office hour' },
      })
      const taken = await app().post('/api/v1/bookings', wish(startsAt, mentees[12].id))
      expectProblem(taken, 409, 'slot_taken')
      expect(taken.body.conflicts).toMatchObject([{ layer: 'session', id: published.body.id, title: 'Office hour' }])
    })
  })
