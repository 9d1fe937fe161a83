import { Hono } from 'hono'
import { transact } from '../database/transaction.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { readLink } from '../links.ts'
import { changePerson, personChanges } from '../people/accounts.ts'
import { type Actor, person } from '../people/actor.ts'
import { grantConsent, withdrawConsent } from '../people/consent.ts'
import { phoneText } from '../people/fields.ts'
import { acceptInvitation } from '../people/invitations.ts'
import { wordsFor } from './catalogue.ts'
import { devicesPage } from './devices.ts'
import { type Form, readForm, smallForm } from './form.ts'
import { holderOf, secretOf } from './holder.ts'
import { invitePage } from './invite.ts'
import { type Ctx, seeOther } from './page.ts'
import { accountOf, type Filled, type Refused, settingsPage, type Whose } from './settings.ts'
import { settingsWords } from './settings-words.ts'
import { menu, viewerOf } from './viewer.ts'

/** Settings of one's own, signed in or by a message's link, and the first steps behind an invitation. */
export function settingsRoutes(house: House): Hono<Env> {
  const app = new Hono<Env>()
  const signedIn = async (c: Ctx): Promise<Whose | null> => {
    const actor = c.get('actor')
    if (!actor.accountId) return null
    const top = menu(await viewerOf(house, actor), 'settings')
    return { accountId: actor.accountId, path: '/settings', isSignedIn: true, top }
  }
  const byLink = async (c: Ctx): Promise<Whose> => {
    const token = c.req.param('token') ?? ''
    const holder = await holderOf(house, ['manage', 'confirm'], token)
    if (!holder) throw notFound('link')
    return { accountId: holder.me.accountId, path: `/m/${token}/settings`, isSignedIn: false }
  }
  const asked = (c: Ctx) => ({ said: c.req.query('said'), calendar: c.req.query('calendar') })
  app.get('/settings', async (c) => {
    const whose = await signedIn(c)
    return whose ? settingsPage(c, house, whose, asked(c)) : seeOther(c, '/')
  })
  app.get('/settings/devices', async (c) => {
    const whose = await signedIn(c)
    return whose ? devicesPage(c, house, whose) : seeOther(c, '/')
  })
  app.get('/m/:token/settings', async (c) => settingsPage(c, house, await byLink(c), asked(c)))
  app.post('/settings', smallForm, async (c) => {
    const whose = await signedIn(c)
    return whose ? save(c, house, c.get('actor'), whose) : seeOther(c, '/')
  })
  app.post('/m/:token/settings', smallForm, async (c) => {
    const whose = await byLink(c)
    return save(c, house, person(whose.accountId, []), whose)
  })

  app.get('/invite/:token', async (c) => invitePage(c, house, await invited(c), c.req.query('said') === 'ready'))
  app.post('/invite/:token', smallForm, async (c) => accept(c, house, await invited(c)))
  return app

  async function invited(c: Ctx): Promise<string> {
    const link = readLink(secretOf(house), 'invite', c.req.param('token') ?? '')
    const known =
      link &&
      (await house.db
        .selectFrom('account')
        .select('id')
        .where('id', '=', link.subjectId)
        .where('deactivated_at', 'is', null)
        .where('joined_into', 'is', null)
        .executeTakeFirst())
    if (!known) throw notFound('invitation')
    return known.id
  }
}

async function save(c: Ctx, house: House, actor: Actor, whose: Whose): Promise<Response> {
  const form = await readForm(c)
  const account = await accountOf(house, whose.accountId)
  const words = settingsWords(wordsFor(account.locale).lang)
  const channels = (['whatsapp', 'email'] as const).filter((channel) => form(channel) === 'on')
  const typed: Filled = {
    name: form('name'),
    phone: whose.isSignedIn ? form('phone') : (account.phone_e164 ?? ''),
    timeZone: form('timeZone'),
    locale: form('locale'),
    channels,
    quietFrom: form('quietFrom'),
    quietTo: form('quietTo'),
  }
  const again = (refused: Omit<Refused, 'typed'>) => settingsPage(c, house, whose, { refused: { typed, ...refused } })
  const { name, phone, ...others } = typed
  const changes = personChanges.safeParse({ ...others, ...(whose.isSignedIn ? { name, phone: phone || null } : {}) })
  const isNumberMissing = channels.includes('whatsapp') && phone === ''
  if (!changes.success || isNumberMissing) {
    const fields = new Set(changes.error?.issues.map(({ path }) => path[0]))
    if (isNumberMissing) fields.add('channels')
    return again({ wrong: Object.fromEntries(Object.entries(words.wrong).filter(([field]) => fields.has(field))) })
  }
  const now = house.clock.now()
  try {
    await changePerson(house.db, actor, whose.accountId, changes.data, now)
  } catch (error) {
    if (error instanceof Refusal) return again({ wrong: {}, error: error.message })
    throw error
  }
  await transact(house.db, async (tx) => {
    for (const channel of ['whatsapp', 'email'] as const) {
      const isWanted = channels.includes(channel)
      const isOpen = account.consents.some((one) => one.channel === channel && one.withdrawn_at === null)
      const isWithdrawn = !isOpen && account.consents.some((one) => one.channel === channel)
      const grant = { accountId: whose.accountId, channel, source: 'settings page', grantedAt: now }
      // Mail needs no consent, only nobody's withdrawal.
      if (isWanted && !isOpen && (channel === 'whatsapp' || isWithdrawn)) await grantConsent(tx, grant, now)
      if (!isWanted && isOpen) await withdrawConsent(tx, whose.accountId, channel, `person:${whose.accountId}`, now)
    }
  })
  house.nudge()
  return seeOther(c, `${whose.path}?said=saved`)
}

async function accept(c: Ctx, house: House, accountId: string): Promise<Response> {
  const form: Form = await readForm(c)
  const account = await accountOf(house, accountId)
  const words = settingsWords(wordsFor(account.locale).lang)
  const wantsWhatsapp = form('whatsapp') === 'yes'
  const phone = wantsWhatsapp ? phoneText.safeParse(form('phone') || (account.phone_e164 ?? '')) : null
  const zone = personChanges.safeParse({ timeZone: form('timeZone') })
  if (phone && !phone.success) return invitePage(c, house, accountId, false, words.wrong.phone)
  if (!zone.success) return invitePage(c, house, accountId, false, words.wrong.timeZone)
  const now = house.clock.now()
  const { timeZone } = zone.data
  // The link is a capability of its own for this much, whatever rights the person has beside.
  await transact(house.db, async (tx) => {
    await tx
      .updateTable('account')
      .set({ ...(timeZone ? { time_zone: timeZone } : {}), ...(phone ? { phone_e164: phone.data } : {}) })
      .where('id', '=', accountId)
      .execute()
    const grant = { accountId, channel: 'whatsapp' as const, source: 'invitation page', grantedAt: now }
    if (wantsWhatsapp) {
      if (!account.channels.includes('whatsapp'))
        await tx
          .updateTable('account')
          .set({ channels: ['whatsapp', ...account.channels] })
          .where('id', '=', accountId)
          .execute()
      await grantConsent(tx, grant, now)
    }
    await acceptInvitation(tx, accountId, now)
  })
  house.nudge()
  return seeOther(c, `/invite/${c.req.param('token')}?said=ready`)
}
