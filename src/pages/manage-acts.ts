import { cancel } from '../booking/cancel.ts'
import { reschedule } from '../booking/reschedule.ts'
import { cut } from '../cut.ts'
import { transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { House } from '../http.ts'
import { cancelDeclined } from '../messages/decline.ts'
import { recordReply } from '../messages/reply.ts'
import { type Actor, person } from '../people/actor.ts'
import { grantConsent, withdrawConsent } from '../people/consent.ts'
import { isAnswer } from '../playbook/answers.ts'
import { possibleAnswers } from './answers.ts'
import { type Form, idOr, instantOr } from './form.ts'
import { type Holder, isOpen, linksOf, phaseOf } from './holder.ts'

/**
 * What a link's holder does. The token is the capability: no cookie is looked at. Answers where to go next.
 * A link of an old revision, or of a session that went on without it, does nothing and says so.
 */
export async function act(house: House, holder: Holder, token: string, form: Form): Promise<string> {
  const here = `/m/${token}`
  const answer = form('answer')
  if (form('do') === 'whatsapp') return `${here}?said=${await switchWhatsapp(house, holder, form('whatsapp'))}`
  if (!holder.isCurrent || !isOpen(holder)) return `${here}?said=changed`
  if (isAnswer(answer)) {
    if (!possibleAnswers(holder).includes(answer)) return `${here}?said=too_late`
    const mark = idOr(form('mark'))
    const { session, me, now } = holder
    await recordAnswer(house, {
      sessionId: session.id,
      participantId: me.id,
      revision: session.revision,
      meaning: answer,
      saidAt: now,
      source: mark && `page:${me.id}:${mark}`,
    })
    if (answer !== 'wants_to_move') return `${here}?said=${answer}`
    return phaseOf(holder) === 'before' ? `${here}/move?said=${answer}` : `${here}?said=wants_another`
  }
  if (form('do') === 'move') return move(house, holder, here, instantOr(form('startsAt')))
  if (form('do') === 'cancel') return cancelAll(house, holder, here, form('reason'))
  throw new Refusal('invalid', 'This form says nothing that we know.')
}

const actorOf = ({ me }: Holder): Actor => person(me.accountId, [])

async function recordAnswer(
  house: House,
  answer: {
    sessionId: string
    participantId: string
    revision: number
    meaning: Parameters<typeof recordReply>[1]['meaning']
    saidAt: Temporal.Instant
    source: string | null
  },
): Promise<void> {
  await transact(house.db, (tx) => recordReply(tx, { ...answer, channel: 'page', matchedBy: 'link' }, answer.saidAt))
  await cancelDeclined(house, answer.saidAt)
  house.nudge()
}

async function switchWhatsapp(house: House, { me, now }: Holder, wish: string): Promise<string> {
  if (wish !== 'on' && wish !== 'off') throw new Refusal('invalid', 'whatsapp: must be on or off')
  await transact(house.db, async (tx) => {
    if (wish === 'off') return withdrawConsent(tx, me.accountId, 'whatsapp', `person:${me.accountId}`, now)
    const account = await tx
      .selectFrom('account')
      .select('channels')
      .where('id', '=', me.accountId)
      .forUpdate()
      .executeTakeFirst()
    if (account && !account.channels.includes('whatsapp')) {
      await tx
        .updateTable('account')
        .set({ channels: ['whatsapp', ...account.channels] })
        .where('id', '=', me.accountId)
        .execute()
    }
    await grantConsent(tx, { accountId: me.accountId, channel: 'whatsapp', source: 'page', grantedAt: now }, now)
  })
  house.nudge()
  return `whatsapp_${wish}`
}

/** The bookings a person may move or cancel here: a mentee their own, a mentor every one of the session. */
export async function bookingsOf(
  house: House,
  { session, me }: Holder,
): Promise<{ id: string; revision: number; mentor_id: string; mentee_id: string; mentorship_id: string | null }[]> {
  return house.db
    .selectFrom('user_calendar_booking')
    .select(['id', 'revision', 'mentor_id', 'mentee_id', 'mentorship_id'])
    .where('session_id', '=', session.id)
    .where('cancelled_at', 'is', null)
    .where(me.role === 'mentor' ? 'mentor_id' : 'mentee_id', '=', me.accountId)
    .orderBy('id')
    .execute()
}

/** Whether this person can move or cancel it alone: others of a shared session cannot be moved by one of them. */
export const movesAlone = ({ facts }: Holder): boolean =>
  facts.participants.filter(({ leftAt }) => leftAt === null).length <= 2

async function move(house: House, holder: Holder, here: string, startsAt: Temporal.Instant | null): Promise<string> {
  if (phaseOf(holder) !== 'before') return `${here}?said=too_late`
  const [booking] = await bookingsOf(house, holder)
  if (!booking || !movesAlone(holder)) throw new Refusal('not_possible', holder.words.askOpsToMove)
  if (!startsAt) return `${here}/move`
  await reschedule(house, actorOf(holder), booking.id, { startsAt, revision: booking.revision }, holder.now)
  const after = await house.db
    .selectFrom('session')
    .select('revision')
    .where('id', '=', holder.session.id)
    .executeTakeFirst()
  if (!after) throw notFound('session')
  return `${linksOf(house, holder.me.id, after.revision).manage}?said=moved`
}

async function cancelAll(house: House, holder: Holder, here: string, reason: string): Promise<string> {
  if (phaseOf(holder) !== 'before') return `${here}?said=too_late`
  const bookings = await bookingsOf(house, holder)
  if (bookings.length === 0) throw new Refusal('not_possible', holder.words.askOpsToMove)
  for (const { id, revision } of bookings)
    await cancel(house, actorOf(holder), id, { reason: cut(reason, 500) || 'No reason given', revision }, holder.now)
  return `${here}?said=cancelled`
}
