import { Hono } from 'hono'
import { book } from '../booking/book.ts'
import { hold } from '../booking/holds.ts'
import { transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { grantConsent, wakePerson } from '../people/consent.ts'
import { phoneText } from '../people/fields.ts'
import { pairIsOpen } from '../people/person.ts'
import { visiblePeople } from '../people/visible-people.ts'
import { type Booker, bookingHref, confirmPage, holdHref, type Pair, programmePage, timesPage } from './book.ts'
import { dateOr, type Form, idOr, instantOr, readForm, smallForm } from './form.ts'
import { linksOf } from './holder.ts'
import { type Ctx, seeOther } from './page.ts'
import { viewerOf } from './viewer.ts'

/** `/book/{mentorId}`: choose a time, it is kept for ten minutes, confirm, and the page of the session says what happens next. */
export function bookRoutes(house: House): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/book/:mentorId', async (c) => {
    const booker = await bookerOf(c, house)
    if (!booker) return seeOther(c, '/')
    if (mustChoose(booker)) return programmePage(c, booker)
    return timesPage(c, house, booker, { week: dateOr(c.req.query('week')), gone: c.req.query('gone') !== undefined })
  })
  app.post('/book/:mentorId', smallForm, async (c) => {
    const booker = await bookerOf(c, house)
    if (!booker) return seeOther(c, '/')
    const startsAt = instantOr((await readForm(c))('startsAt'))
    if (!startsAt || mustChoose(booker)) return seeOther(c, bookingHref(booker))
    return orAlternatives(c, house, booker, async () => {
      const ask = askOf(booker, startsAt, booker.pair?.id ?? null)
      const held = await hold(house, booker.viewer.actor, ask, house.clock.now())
      return seeOther(c, holdHref(booker, held.id))
    })
  })
  app.get('/book/:mentorId/hold/:holdId', async (c) => {
    const booker = await bookerOf(c, house)
    if (!booker) return seeOther(c, '/')
    const held = await heldOf(c, house, booker)
    return held ? confirmPage(c, house, booker, held) : seeOther(c, bookingHref(booker, { gone: '' }))
  })
  app.post('/book/:mentorId/hold/:holdId', smallForm, async (c) => {
    const booker = await bookerOf(c, house)
    if (!booker) return seeOther(c, '/')
    const held = await heldOf(c, house, booker)
    // The answer to the first press was lost and this is the second: the booking is there already.
    const before = await bookedFrom(house, booker, c.req.param('holdId'))
    if (before) return seeOther(c, before)
    if (!held) return seeOther(c, bookingHref(booker, { gone: '' }))
    const form = await readForm(c)
    const phone = form('phone') ? phoneText.safeParse(form('phone')) : null
    if (phone && !phone.success) return confirmPage(c, house, booker, held, booker.viewer.words.phoneWrong)
    await rememberPhone(house, booker, phone?.data ?? null, form)
    return orAlternatives(c, house, booker, async () => {
      await book(
        house,
        booker.viewer.actor,
        { ...askOf(booker, held.startsAt, held.mentorshipId), holdId: held.id },
        house.clock.now(),
      )
      return seeOther(c, (await bookedFrom(house, booker, held.id)) ?? '/')
    })
  })
  return app
}

async function bookerOf(c: Ctx, house: House): Promise<Booker | null> {
  const actor: Actor = c.get('actor')
  if (actor.accountId === null) return null
  const mentorId = idOr(c.req.param('mentorId') ?? '')
  const [mentor] =
    mentorId && mentorId !== actor.accountId
      ? await visiblePeople(house.db, actor, { id: mentorId, role: 'mentor', after: null, limit: 1 }, house.clock.now())
      : []
  if (!mentor) throw notFound('mentor')
  const pairs = await openPairs(house, mentor.id, actor.accountId)
  const pair = pairs.length > 1 ? (pairs.find(({ id }) => id === c.req.query('pair')) ?? null) : null
  return { viewer: await viewerOf(house, actor), accountId: actor.accountId, mentor, pairs, pair }
}

const mustChoose = ({ pairs, pair }: Booker): boolean => pairs.length > 1 && pair === null

/** More than a few there never are: one for each programme that pairs these two. */
const MOST_PAIRS = 20

const openPairs = (house: House, mentorId: string, menteeId: string): Promise<Pair[]> =>
  house.db
    .selectFrom('mentorship')
    .innerJoin('programme', 'programme.id', 'mentorship.programme_id')
    .select(['mentorship.id', 'programme.name as programme'])
    .where('mentor_id', '=', mentorId)
    .where('mentee_id', '=', menteeId)
    .where(pairIsOpen(house.clock.now()))
    .orderBy('programme.name')
    .limit(MOST_PAIRS)
    .execute()

const askOf = ({ mentor, accountId }: Booker, startsAt: Temporal.Instant, mentorshipId: string | null) => ({
  mentorId: mentor.id,
  menteeId: accountId,
  mentorshipId,
  startsAt,
})

async function orAlternatives(c: Ctx, house: House, booker: Booker, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'slot_taken')
      return timesPage(c, house, booker, {
        taken: ((error.details.alternatives ?? []) as { startsAt: string }[]).map(({ startsAt }) => startsAt),
      })
    if (error.status === 422) return timesPage(c, house, booker, { refused: error.message })
    throw error
  }
}

export type HeldTime = {
  id: string
  /** Null: the booking itself makes the pair. */
  mentorshipId: string | null
  startsAt: Temporal.Instant
  endsAt: Temporal.Instant
  expiresAt: Temporal.Instant
}

async function heldOf(c: Ctx, { db, clock }: House, { mentor, accountId }: Booker): Promise<HeldTime | null> {
  const id = idOr(c.req.param('holdId') ?? '')
  const row =
    id &&
    (await db
      .selectFrom('hold')
      .selectAll()
      .where('id', '=', id)
      .where('mentor_id', '=', mentor.id)
      .where('mentee_id', '=', accountId)
      .where('released_at', 'is', null)
      .where('booking_id', 'is', null)
      .where('expires_at', '>', clock.now())
      .executeTakeFirst())
  if (!row) return null
  const { id: holdId, mentorship_id: mentorshipId, starts_at: startsAt, ends_at: endsAt, expires_at: expiresAt } = row
  return { id: holdId, mentorshipId, startsAt, endsAt, expiresAt }
}

/** The page of the session that this hold became. */
async function bookedFrom(house: House, { accountId }: Booker, holdId: string | undefined): Promise<string | null> {
  const id = idOr(holdId ?? '')
  const row =
    id &&
    (await house.db
      .selectFrom('hold as h')
      .innerJoin('user_calendar_booking as b', 'b.id', 'h.booking_id')
      .innerJoin('session as s', 's.id', 'b.session_id')
      .innerJoin('session_participant as p', (join) =>
        join.onRef('p.session_id', '=', 's.id').onRef('p.account_id', '=', 'b.mentee_id'),
      )
      .select(['p.id', 's.revision'])
      .where('h.id', '=', id)
      .where('b.mentee_id', '=', accountId)
      .where('p.left_at', 'is', null)
      .executeTakeFirst())
  return row ? `${linksOf(house, row.id, row.revision).manage}?said=booked` : null
}

/** The number and the yes are asked once, where they are needed first. */
async function rememberPhone(house: House, { accountId }: Booker, phone: string | null, form: Form): Promise<void> {
  const isYes = form('consent') === 'yes'
  if (!phone && !isYes) return
  const now = house.clock.now()
  await transact(house.db, async (tx) => {
    if (phone) {
      await tx.updateTable('account').set({ phone_e164: phone }).where('id', '=', accountId).execute()
      await wakePerson(tx, accountId, now)
    }
    if (isYes) await grantConsent(tx, { accountId, channel: 'whatsapp', source: 'page', grantedAt: now }, now)
  })
}
