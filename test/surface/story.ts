import { beforeAll, describe, expect, test } from 'vitest'
import type { App, Json } from './app.ts'
import { advance, book, everybody } from './people.ts'

/** Whole lives of sessions, side by side on one day, seen through the surface alone. The clock moves from here on. */
export const story = (app: () => App) =>
  describe('a day lived through the surface', () => {
    type Life = { id: string; sessionId: string; mentor: Json; mentee: Json; startsAt: string }
    const life = async (mentorName: string, menteeName: string, startsAt: string): Promise<Life> => {
      const { who } = await everybody(app())
      const [mentor, mentee] = [who(mentorName), who(menteeName)]
      const { id, sessionId } = await book(app(), mentor.id, mentee.id, startsAt)
      return { id, sessionId, mentor, mentee, startsAt }
    }
    const inbox = async ({ sessionId }: Life, person: Json, channel = 'whatsapp'): Promise<Json[]> =>
      (await app().get(`/sandbox/inbox?session=${sessionId}&person=${person.id}&channel=${channel}`)).items
    const templates = async (one: Life, person: Json, channel?: string) =>
      (await inbox(one, person, channel)).map(({ template }) => template.replace('MENTORSHIP_SESSION_', ''))
    const verdict = async ({ sessionId }: Life, person: Json) => {
      const { items } = await app().get(`/api/v1/sessions/${sessionId}/attendance`)
      const last = items.filter((one: Json) => one.personId === person.id).at(-1)
      return last && { verdict: last.verdict, stage: last.stage }
    }
    const join = async ({ sessionId }: Life, person: Json) =>
      expect((await app().post(`/sandbox/zoom/${sessionId}/join`, { person: person.id })).status).toBe(200)
    const leave = async ({ sessionId }: Life, person: Json) =>
      expect((await app().post(`/sandbox/zoom/${sessionId}/leave`, { person: person.id })).status).toBe(200)
    const press = async (person: Json, button: string) =>
      expect((await app().post(`/sandbox/whatsapp/${encodeURIComponent(person.phone)}/reply`, { button })).status).toBe(
        200,
      )
    const entries = async ({ sessionId }: Life, kind: string): Promise<Json[]> =>
      (await app().get(`/api/v1/sessions/${sessionId}/timeline`)).entries.filter((one: Json) => one.kind === kind)

    const lives: Record<'kept' | 'lateJoin' | 'lateWord' | 'moved', Life> = {} as never
    beforeAll(async () => {
      lives.kept = await life('Asha Verma', 'Ravi Shah', '2026-03-23T12:30:00Z')
      lives.lateJoin = await life('Rohan Iyer', 'Nikhil Joshi', '2026-03-23T13:30:00Z')
      lives.lateWord = await life('Grace Kim', 'Tyler Brooks', '2026-03-23T14:00:00Z')
      lives.moved = await life('Imran Qureshi', 'Divya Menon', '2026-03-23T14:30:00Z')
    })

    test('four hours before, the mentee is asked and answers with a button, named by its title or its id', async () => {
      const { kept } = lives
      await advance(app(), '2026-03-23T08:30:00Z')
      expect(await templates(kept, kept.mentee)).toEqual(['BOOKED_TO_MENTEE', 'REMINDER_4_HOURS_TO_MENTEE'])
      expect(await templates(kept, kept.mentor, 'email')).toEqual(['BOOKED_TO_MENTOR', 'REMINDER_4_HOURS_TO_MENTOR'])
      const [, asked] = await inbox(kept, kept.mentee)
      expect(asked.at).toBe('2026-03-23T08:30:00Z')
      expect(asked.text).toContain('18:00 (your time, Kolkata)')
      expect(asked.buttons).toHaveLength(3)
      await press(kept.mentee, asked.buttons[0].title)
      await press(kept.mentee, asked.buttons[0].id)
      const { participants } = await app().get(`/api/v1/sessions/${kept.sessionId}`)
      expect(participants.find((one: Json) => one.role === 'mentee').answer).toBe('coming')
      expect(await entries(kept, 'reply')).toMatchObject([
        { state: 'coming', recipient: kept.mentee.id, channel: 'whatsapp' },
        {},
      ])
      const { planned } = await app().get(`/api/v1/sessions/${kept.sessionId}/timeline`)
      expect(planned.filter((one: Json) => one.effectKey.startsWith('reminder:30_MINUTES'))).toContainEqual({
        dueAt: '2026-03-23T12:00:00Z',
        expiresAt: '2026-03-23T12:11:00Z',
        effectKey: expect.any(String),
        recipient: kept.mentee.id,
        channel: 'whatsapp',
      })
    }, 60_000)

    test('a session moved after its first reminder has no more of the old time’s, and tells both once', async () => {
      const { moved } = lives
      await advance(app(), '2026-03-23T10:35:00Z')
      expect(await templates(moved, moved.mentee)).toEqual(['BOOKED_TO_MENTEE', 'REMINDER_4_HOURS_TO_MENTEE'])
      const answer = await app().post(`/api/v1/bookings/${moved.id}/reschedule`, {
        startsAt: '2026-03-24T16:30:00Z',
        revision: 1,
      })
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 })
      // A press on the old question answers nothing any more.
      const [, asked] = await inbox(moved, moved.mentee)
      await press(moved.mentee, asked.buttons[0].id)
      await advance(app(), '2026-03-23T12:30:00Z')
      for (const person of [moved.mentee, moved.mentor]) {
        const got = (await inbox(moved, person)).map((one) => one.effectKey)
        expect(got.filter((key) => key.endsWith('@2'))).toHaveLength(1)
        expect(await templates(moved, person)).toHaveLength(3)
      }
      expect(
        (await app().get(`/api/v1/sessions/${moved.sessionId}`)).participants.map((one: Json) => one.answer),
      ).toEqual([null, null])
    }, 60_000)

    test('both come, both leave, and both are on record as present', async () => {
      const { kept } = lives
      expect(await templates(kept, kept.mentee)).toEqual([
        'BOOKED_TO_MENTEE',
        'REMINDER_4_HOURS_TO_MENTEE',
        'REMINDER_30_MINUTES_TO_MENTEE',
        'REMINDER_5_MINUTES_TO_MENTEE',
      ])
      await join(kept, kept.mentor)
      await join(kept, kept.mentee)
      await advance(app(), '2026-03-23T12:59:00Z')
      for (const person of [kept.mentor, kept.mentee])
        expect(await verdict(kept, person)).toEqual({ verdict: 'present', stage: 'provisional' })
      await leave(kept, kept.mentee)
      await leave(kept, kept.mentor)
      await advance(app(), '2026-03-23T13:30:00Z')
      for (const person of [kept.mentor, kept.mentee])
        expect(await verdict(kept, person)).toEqual({ verdict: 'present', stage: 'firm' })
    }, 60_000)

    test('a mentee who is missing is reached after three minutes; a late join corrects the verdict and what was said', async () => {
      const { lateJoin } = lives
      const { mentor, mentee } = lateJoin
      await join(lateJoin, mentor)
      await advance(app(), '2026-03-23T13:41:00Z')
      expect(await templates(lateJoin, mentee)).toContain('NUDGE_TO_MENTEE')
      expect(await templates(lateJoin, mentor)).toEqual(
        expect.arrayContaining(['WAITING_TO_MENTOR', 'WAITING_CHOICES_TO_MENTOR']),
      )
      expect(await verdict(lateJoin, mentee)).toEqual({ verdict: 'absent', stage: 'provisional' })
      const cards = (await app().get(`/sandbox/inbox?session=${lateJoin.sessionId}&channel=slack`)).items
      expect(cards.map((one: Json) => one.template)).toEqual(['unconfirmed', 'missing'])

      await join(lateJoin, mentee)
      await advance(app(), '2026-03-23T14:00:00Z')
      expect(await verdict(lateJoin, mentee)).toMatchObject({ verdict: 'late' })
      await leave(lateJoin, mentee)
      await leave(lateJoin, mentor)
      expect(await entries(lateJoin, 'verdict')).toContainEqual(
        expect.objectContaining({ recipient: mentee.id, state: 'late', stage: 'corrected' }),
      )
    }, 60_000)

    test('a mentee who never came is missed kindly; their late message takes the verdict back, with one correction', async () => {
      const { lateWord, lateJoin } = lives
      const { mentor, mentee } = lateWord
      await join(lateWord, mentor)
      await advance(app(), '2026-03-23T14:40:00Z')
      await leave(lateWord, mentor)
      await advance(app(), '2026-03-23T16:05:00Z')
      expect(await verdict(lateWord, mentee)).toEqual({ verdict: 'absent', stage: 'firm' })
      expect(await templates(lateWord, mentee)).toContain('FOLLOW_UP_TO_MENTEE')

      expect(
        (
          await app().post(`/sandbox/whatsapp/${encodeURIComponent(mentee.phone)}/reply`, {
            text: 'So sorry, my train stood still',
          })
        ).status,
      ).toBe(200)
      await advance(app(), '2026-03-23T16:30:00Z')
      expect(await verdict(lateWord, mentee)).toEqual({ verdict: 'cannot_tell', stage: 'corrected' })
      expect((await templates(lateWord, mentee)).filter((one) => one.startsWith('CORRECTION'))).toEqual([
        'CORRECTION_WROTE_TO_MENTEE',
      ])
      expect((await templates(lateJoin, lateJoin.mentee)).filter((one) => one.startsWith('CORRECTION'))).toEqual([
        'CORRECTION_CAME_TO_MENTEE',
      ])
      expect(await entries(lateWord, 'correction')).toHaveLength(1)
    }, 60_000)

    test('a verdict that ops give stands', async () => {
      const { lateWord } = lives
      const path = `/api/v1/sessions/${lateWord.sessionId}/attendance`
      const body = { personId: lateWord.mentee.id, verdict: 'present', reason: 'The mentor met them by phone' }
      expect((await app().post(path, body)).status).toBe(200)
      await advance(app(), '2026-03-23T17:30:00Z')
      expect((await verdict(lateWord, lateWord.mentee))?.verdict).toBe('present')
    }, 60_000)

    test('nobody got anything twice, and each message is in the ledger and the deliveries', async () => {
      const { items } = await app().get('/sandbox/inbox')
      const sent = items.filter((one: Json) => one.channel !== 'slack')
      const keys = sent.map((one: Json) => `${one.to} ${one.effectKey}`)
      expect(new Set(keys).size).toBe(keys.length)
      expect(keys.filter((key: string) => key.endsWith('null'))).toEqual([])
      for (const one of Object.values(lives)) {
        const { entries } = await app().get(`/api/v1/sessions/${one.sessionId}/timeline`)
        const decided = new Set(
          entries
            .filter(({ kind }: Json) => kind === 'effect' || kind === 'correction')
            .map((entry: Json) => entry.effectKey),
        )
        for (const message of sent.filter(({ sessionId }: Json) => sessionId === one.sessionId))
          expect(decided).toContain(message.effectKey)
        const { items: deliveries } = await app().get(`/api/v1/deliveries?sessionId=${one.sessionId}&limit=500`)
        const states = [
          'planned',
          'claimed',
          'accepted',
          'delivered',
          'read',
          'failed',
          'expired',
          'suppressed',
          'withdrawn',
        ]
        for (const delivery of deliveries) expect(states).toContain(delivery.state)
        expect(deliveries.filter(({ state }: Json) => ['accepted', 'delivered', 'read'].includes(state))).toHaveLength(
          sent.filter(({ sessionId }: Json) => sessionId === one.sessionId).length,
        )
      }
    })
  })
