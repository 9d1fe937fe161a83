import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Stage, setStage } from '../../test/support/vendor-stage.ts'
import { whatsappMeaning } from '../vendors/whatsapp-codes.ts'

// The vendors' published schemas and samples are not ours to ship: these tests run where they lie beside the project.
const CONTRACTS = new URL('../../../shared/contracts/', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, CONTRACTS), 'utf8'))

describe.skipIf(!existsSync(CONTRACTS))('what the simulators say is what the vendors publish', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await setStage()
  })
  afterAll(() => stage.clear())

  test('every Zoom event has the published shape', async () => {
    const { definitions } = read('zoom/zoom-meeting-webhooks.schema.json')
    const room = async (settings: Record<string, unknown>) => {
      const made = await stage.zoom.createMeeting('room-1@zoom.example', {
        topic: 'x',
        startsAt: stage.clock.now(),
        durationMinutes: 30,
        settings,
      })
      return made.ok ? made.meeting.id : ''
    }
    const [open, waiting, closed] = [
      await room({}),
      await room({ waiting_room: true }),
      await room({ join_before_host: false }),
    ]
    await stage.zoom.addRegistrant(open, { email: 'ravi@example.com', firstName: 'Ravi' })
    const host = { person: 'room-1@zoom.example', as: 'signed-in' as const }
    await stage.sandbox.zoomJoin({ zoomMeetingId: open, person: 'ravi@example.com' })
    await stage.sandbox.zoomJoin({ zoomMeetingId: open, person: 'guest', as: 'guest' })
    await stage.sandbox.zoomLeave({ zoomMeetingId: open, person: 'guest' })
    await stage.sandbox.zoomEnd({ zoomMeetingId: open })
    await stage.sandbox.zoomJoin({ zoomMeetingId: waiting, person: 'a', as: 'guest' })
    await stage.sandbox.zoomAdmit({ zoomMeetingId: waiting })
    await stage.sandbox.zoomEnd({ zoomMeetingId: waiting })
    await stage.sandbox.zoomJoin({ zoomMeetingId: closed, person: 'a', as: 'phone' })
    await stage.sandbox.zoomJoin({ zoomMeetingId: closed, person: 'b', as: 'guest' })
    await stage.sandbox.zoomLeave({ zoomMeetingId: closed, person: 'b' })
    await stage.sandbox.zoomJoin({ zoomMeetingId: closed, ...host })
    await stage.settle()
    const events = stage.events()
    expect(new Set(events.map((e) => e.event)).size).toBe(10)
    for (const event of events) expect(mistakes(definitions[event.event], event, event.event)).toEqual([])
  })

  test('Zoom’s own samples pass the same check, so the check is worth something', () => {
    const { definitions } = read('zoom/zoom-meeting-webhooks.schema.json')
    const sample = read('zoom/samples/webhooks/meeting.participant_joined.json')
    expect(mistakes(definitions[sample.event], sample, '')).toEqual([])
    delete sample.payload.object.participant.join_time
    expect(mistakes(definitions[sample.event], sample, '')).not.toEqual([])
  })

  test('WhatsApp’s statuses and answers carry no field that Meta’s samples do not, and none is missing', async () => {
    stage.received.length = 0
    const to = '+15550100002'
    const template = {
      name: 'plain',
      language: 'en',
      category: 'UTILITY' as const,
      components: [
        { type: 'BODY' as const, text: 'Hello.' },
        { type: 'BUTTONS' as const, buttons: [{ type: 'QUICK_REPLY' as const, text: 'OK' }] },
      ],
    }
    await stage.whatsapp.registerTemplates([template])
    await stage.whatsapp.sendTemplate({
      to,
      template: 'plain',
      language: 'en',
      parameters: [],
      buttonPayloads: ['ok:1'],
      callbackData: 'd',
    })
    await stage.sandbox.whatsappReply(to, { button: 'OK' })
    await stage.sandbox.whatsappReply(to, { text: 'hello' })
    await stage.settle()
    const [sent, pressed, text] = stage.events().filter((e) => e.object)
    const value = (event: { entry: { changes: { value: Record<string, never[]> }[] }[] }) =>
      event.entry[0]!.changes[0]!.value
    const keys = (item: object) => Object.keys(item).sort()
    const sample = (name: string) => value(read(`whatsapp/samples/${name}.json`))
    // `conversation` is usually missing since v24.
    expect(keys(value(sent).statuses![0]!)).toEqual(
      keys(sample('message_status.with_tracker').statuses![0]!).filter((k) => k !== 'conversation'),
    )
    expect(keys(value(pressed).messages![0]!)).toEqual(keys(sample('callback_button.quick_reply').messages![0]!))
    expect(keys(value(text).messages![0]!)).toEqual(keys(sample('message.text').messages![0]!))
  })

  test('every WhatsApp code that Meta lists has a meaning', () => {
    const codes = read('whatsapp/error-codes.json').codes as { code: number; title: string }[]
    expect(codes.filter(({ code }) => whatsappMeaning(code) === undefined)).toEqual([])
  })

  test('a pressed Slack button carries what the sample carries', async () => {
    stage.received.length = 0
    const blocks = [
      {
        type: 'actions',
        block_id: 'b1',
        elements: [{ type: 'button', action_id: 'a', value: 'v', text: { type: 'plain_text', text: 'A' } }],
      },
    ]
    const posted = await stage.slack.postMessage({ channel: 'C00000001', text: 'x', blocks })
    await stage.sandbox.slackPress({ ts: posted.ok ? posted.ts : '', actionId: 'a' })
    await stage.settle()
    const payload = JSON.parse(new URLSearchParams(stage.received[0]!.body).get('payload')!)
    const sample = read('slack/samples/block_actions.button.json')
    expect(Object.keys(payload).sort()).toEqual(Object.keys(sample).sort())
    expect(Object.keys(payload.actions[0]).sort()).toEqual(Object.keys(sample.actions[0]).sort())
  })

  test('every Google path and scope we simulate is in the discovery document', () => {
    const { resources } = read('google/calendar-v3.discovery.json')
    const scopes = resources.freebusy.methods.query.scopes.map((s: string) => s.split('/auth/')[1])
    expect(scopes).toContain('calendar.freebusy')
    expect(scopes).not.toContain('calendar.events')
    expect(resources.events.methods.insert.path).toBe('calendars/{calendarId}/events')
  })

  test('the samples are read from where they are said to lie', () => {
    expect(readdirSync(new URL('zoom/samples/webhooks/', CONTRACTS)).length).toBeGreaterThan(10)
  })
})

type Schema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  allOf?: Schema[]
  oneOf?: Schema[]
}

// As much of JSON Schema as Zoom's event types use.
function mistakes(schema: Schema, value: unknown, path: string): string[] {
  const found: string[] = []
  if (schema.const !== undefined && value !== schema.const) found.push(`${path}: is not ${schema.const}`)
  if (schema.enum && !schema.enum.includes(value)) found.push(`${path}: ${value} is none of ${schema.enum}`)
  if (
    schema.type &&
    !([schema.type].flat().includes(kind(value)) || (kind(value) === 'number' && schema.type === 'integer'))
  )
    found.push(`${path}: ${kind(value)} is not ${schema.type}`)
  for (const part of schema.allOf ?? []) found.push(...mistakes(part, value, path))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices && !choices.some((choice) => mistakes(choice, value, path).length === 0))
    found.push(`${path}: fits no choice`)
  if (kind(value) === 'object') {
    const object = value as Record<string, unknown>
    for (const key of schema.required ?? []) if (!(key in object)) found.push(`${path}.${key}: is missing`)
    for (const [key, inner] of Object.entries(schema.properties ?? {}))
      if (key in object) found.push(...mistakes(inner, object[key], `${path}.${key}`))
  }
  if (Array.isArray(value) && schema.items)
    for (const [n, item] of value.entries()) found.push(...mistakes(schema.items, item, `${path}[${n}]`))
  return found
}

const kind = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
