import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Stage, setStage } from '../../test/support/vendor-stage.ts'
import { verifyWhatsapp } from '../vendors/signatures.ts'
import type { WhatsappTemplate } from '../vendors/whatsapp.ts'

let stage: Stage
beforeAll(async () => {
  stage = await setStage()
  expect(await stage.whatsapp.registerTemplates([ASK])).toEqual({
    ok: true,
    created: ['session_ask/en'],
    notApproved: [],
  })
})
afterAll(() => stage.clear())
beforeEach(async () => {
  await stage.settle()
  stage.received.length = 0
})

const ASK: WhatsappTemplate = {
  name: 'session_ask',
  language: 'en',
  category: 'UTILITY',
  components: [
    {
      type: 'BODY',
      text: 'Hi {{1}}, your session is at {{2}}. Are you coming?',
      example: { body_text: [['Ravi', '10:00']] },
    },
    { type: 'BUTTONS', buttons: ['Coming', 'Move it'].map((text) => ({ type: 'QUICK_REPLY' as const, text })) },
  ],
}
let phones = 0
const phone = () => `+1555010${String(++phones).padStart(4, '0')}`
const ask = (to: string) => ({
  to,
  template: 'session_ask',
  language: 'en',
  parameters: ['Ravi', '10:00'],
  buttonPayloads: ['coming:1', 'move:1'],
  callbackData: 'delivery-1',
})
const statuses = () => stage.events().flatMap((e) => e.entry[0].changes[0].value.statuses ?? [])
const messages = () => stage.events().flatMap((e) => e.entry[0].changes[0].value.messages ?? [])

describe('templates', () => {
  test('one that was never approved cannot be sent', async () => {
    expect(await stage.whatsapp.sendTemplate({ ...ask(phone()), template: 'unknown' })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '132001',
    })
    expect(await stage.whatsapp.sendTemplate({ ...ask(phone()), language: 'de' })).toMatchObject({
      ok: false,
      code: '132001',
    })
  })
  test('too few values, a payload over 128 characters, a button too many are refused', async () => {
    expect(await stage.whatsapp.sendTemplate({ ...ask(phone()), parameters: ['Ravi'] })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '132000',
    })
    expect(await stage.whatsapp.sendTemplate({ ...ask(phone()), buttonPayloads: ['x'.repeat(129)] })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '131009',
    })
    expect(await stage.whatsapp.sendTemplate({ ...ask(phone()), buttonPayloads: ['a', 'b', 'c'] })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '132018',
    })
  })
  test('Meta’s own rules for templates hold: lower-case names, ten buttons, no variable at an end, samples', async () => {
    const body = (text: string) => ({
      ...ASK,
      name: 'another',
      components: [{ type: 'BODY' as const, text, example: { body_text: [['x']] } }],
    })
    const buttons = {
      type: 'BUTTONS' as const,
      buttons: Array.from({ length: 11 }, (_, n) => ({ type: 'QUICK_REPLY' as const, text: `b${n}` })),
    }
    const refused = [
      { ...ASK, name: 'UPPER' },
      { ...ASK, name: 'eleven', components: [ASK.components[0]!, buttons] },
      body('Hello {{1}}'),
      body('Hello {{2}}.'),
      ASK,
    ]
    for (const template of refused)
      expect(await stage.whatsapp.createTemplate(template)).toMatchObject({ ok: false, kind: 'rejected', code: '100' })
  })
})

describe('statuses', () => {
  test('an accepted message is sent and delivered while the clock stands, signed, with our own id on it', async () => {
    const sent = await stage.whatsapp.sendTemplate(ask(phone()))
    await stage.settle()
    expect(statuses().map((s) => [s.id, s.status, s.biz_opaque_callback_data])).toEqual([
      [sent.ok && sent.wamid, 'sent', 'delivery-1'],
      [sent.ok && sent.wamid, 'delivered', 'delivery-1'],
    ])
    const { body, headers } = stage.received[0]!
    expect(
      verifyWhatsapp({
        secrets: [stage.env.WHATSAPP_APP_SECRET],
        body: Buffer.from(body),
        signature: String(headers['x-hub-signature-256']),
      }),
    ).toBe('ok')
  })
  test('somebody who is not on WhatsApp is only learned from the status', async () => {
    const to = phone()
    await stage.sandbox.whatsapp.behave(to, { onWhatsapp: false })
    expect(await stage.whatsapp.sendTemplate(ask(to))).toMatchObject({ ok: true })
    await stage.settle()
    expect(statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131026 }] }])
  })
  test('who opted out fails with 131050', async () => {
    const to = phone()
    await stage.sandbox.whatsapp.behave(to, { optedOut: true })
    await stage.whatsapp.sendTemplate(ask(to))
    await stage.settle()
    expect(statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131050 }] }])
  })
  test('a phone that is off gets its messages when it is on again; reading is told on demand', async () => {
    const to = phone()
    await stage.sandbox.whatsapp.behave(to, { phoneOff: true })
    await stage.whatsapp.sendTemplate(ask(to))
    await stage.settle()
    expect(statuses().map((s) => s.status)).toEqual(['sent'])
    await stage.sandbox.whatsapp.behave(to, { phoneOff: false })
    await stage.sandbox.whatsapp.read(to)
    await stage.settle()
    expect(statuses().map((s) => s.status)).toEqual(['sent', 'delivered', 'read'])
  })
  test('what we did not answer with 200 comes again', async () => {
    stage.answers.push(500)
    await stage.whatsapp.sendTemplate(ask(phone()))
    await stage.settle()
    await stage.advance({ minutes: 2 })
    expect(
      statuses()
        .map((s) => s.status)
        .sort(),
    ).toEqual(['delivered', 'delivered', 'sent', 'sent'])
  })
})

describe('answers', () => {
  test('a pressed button comes with its payload and the message it answers; sometimes without the latter', async () => {
    const to = phone()
    const sent = await stage.whatsapp.sendTemplate(ask(to))
    await stage.sandbox.whatsappReply(to, { button: 'Move it' })
    await stage.sandbox.whatsappReply(to, { button: 'coming:1', withoutContext: true })
    await stage.settle()
    expect(messages()).toMatchObject([
      {
        type: 'button',
        from: to.slice(1),
        button: { payload: 'move:1', text: 'Move it' },
        context: { id: sent.ok && sent.wamid },
      },
      { type: 'button', button: { payload: 'coming:1', text: 'Coming' } },
    ])
    expect(messages()[1]).not.toHaveProperty('context')
    await expect(stage.sandbox.whatsappReply(to, { button: 'Not there' })).rejects.toThrow('no message with a button')
  })
  test('free words only within 24 hours of theirs', async () => {
    const to = phone()
    expect(await stage.whatsapp.sendText({ to, text: 'Hello' })).toMatchObject({
      ok: false,
      kind: 'rejected',
      code: '131047',
    })
    await stage.sandbox.whatsappReply(to, { text: 'running late' })
    await stage.settle()
    expect(messages()).toMatchObject([{ type: 'text', text: { body: 'running late' } }])
    expect(await stage.whatsapp.sendText({ to, text: 'Thank you' })).toMatchObject({ ok: true })
    await stage.advance({ hours: 24 })
    expect(await stage.whatsapp.sendText({ to, text: 'Hello again' })).toMatchObject({ ok: false, code: '131047' })
  })
})
