import { timingSafeEqual } from 'node:crypto'
import { transact } from '../database/transaction.ts'
import { Refusal } from '../errors.ts'
import { type House, router } from '../http.ts'
import { sha256 } from '../links.ts'
import { verifySlack, verifyWhatsapp } from '../vendors/signatures.ts'
import {
  addressees,
  markOutcome,
  mustBeSigned,
  mustHaveSecrets,
  parseJson,
  rawBody,
  storeOnce,
  WEBHOOK_LIMIT,
  WHATSAPP_LIMIT,
} from '../webhooks.ts'
import { cancelDeclined } from './decline.ts'
import { readBounce } from './mail-bounce.ts'
import { recordBounce } from './receipts.ts'
import { act } from './slack-actions.ts'
import { readSlackPress } from './slack-press.ts'
import { recordWhatsapp } from './whatsapp-webhook.ts'

/** What people and channels answer: WhatsApp and Slack. Mail answers by the links in it,
 * which the pages record, and comes back by `/webhooks/mail`. */
export function messagesRoutes(house: House) {
  const app = router()
  const { db, clock, config, nudge, log } = house
  const secret = config.PUNCTUAL_SECRET ?? ''

  // Meta asks once, when the address is entered in its dashboard, and wants the bare challenge back.
  app.get('/webhooks/whatsapp', (c) => {
    const expected = config.WHATSAPP_VERIFY_TOKEN
    if (!expected) throw new Refusal('not_configured', 'No verify token for WhatsApp is configured.')
    const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = c.req.query()
    const isRight = mode === 'subscribe' && token !== undefined && timingSafeEqual(sha256(token), sha256(expected))
    if (!isRight || !challenge || challenge.length > 200)
      throw new Refusal('forbidden', 'The verify token does not fit.')
    return c.text(challenge, 200)
  })

  app.post('/webhooks/whatsapp', async (c) => {
    const body = await rawBody(c, WHATSAPP_LIMIT)
    const secrets = mustHaveSecrets('whatsapp', config.WHATSAPP_APP_SECRET)
    mustBeSigned(verifyWhatsapp({ secrets, body, signature: c.req.header('x-hub-signature-256') }))
    const now = clock.now()
    const account = {
      phoneNumberId: addressees(house).whatsappPhone,
      businessAccountId: addressees(house).whatsappBusiness,
      secret,
    }
    const outcome = await transact(db, (tx) => recordWhatsapp(tx, body, parseJson(body), account, now))
    if (outcome) log('whatsapp_event', { outcome })
    // Receipts answer nothing, and they are most of what comes.
    if (/"messages"\s*:/.test(body.toString('latin1'))) await cancelDeclined(house, now)
    nudge()
    // Meta documents 200 as the only answer that is not repeated.
    return c.text('', 200)
  })

  // Where the mail server hands on what came back. Such mail bears no signature, so the door has a key of its own.
  app.post('/webhooks/mail', async (c) => {
    const body = await rawBody(c, WEBHOOK_LIMIT)
    const secrets = mustHaveSecrets('mail', config.MAIL_WEBHOOK_SECRET)
    const given = c.req.header('x-punctual-mail-key')
    mustBeSigned(
      given === undefined
        ? 'missing'
        : secrets.some((known) => timingSafeEqual(sha256(given), sha256(known)))
          ? 'ok'
          : 'bad',
    )
    const bounce = await readBounce(body).catch(() => null)
    if (bounce) await transact(db, (tx) => recordBounce(tx, bounce.messageId, bounce, clock.now()))
    log('mail_returned', { outcome: bounce ? 'accepted' : 'unknown' })
    nudge()
    return c.body(null, 204)
  })

  app.post('/webhooks/slack', async (c) => {
    const body = await rawBody(c, WEBHOOK_LIMIT)
    const secrets = mustHaveSecrets('slack', config.SLACK_SIGNING_SECRET)
    const now = clock.now()
    const signature = c.req.header('x-slack-signature')
    const timestamp = c.req.header('x-slack-request-timestamp')
    mustBeSigned(verifySlack({ secrets, body, signature, timestamp, now }))
    const { outcome, event, json, presses } = readSlackPress(body, secret)
    const id = await transact(db, (tx) => storeOnce(tx, { vendor: 'slack', body, event, outcome, json, now }))
    if (id && presses.length > 0) {
      // Kept first, so that a press is on record whatever becomes of it; Slack never repeats one.
      const effects: boolean[] = []
      for (const press of presses) effects.push(await act(house, press, now))
      if (!effects.includes(true)) await markOutcome(db, id, 'unknown')
    }
    nudge()
    // An empty 200: anything else would be posted as a message. The card itself is updated as a mirror.
    return c.body(null, 200)
  })

  return app
}
