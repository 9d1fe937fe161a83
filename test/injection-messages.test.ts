import type { AddressInfo } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import ICAL from 'ical.js'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { withoutTurns } from '../src/cut.ts'
import { nameText } from '../src/people/fields.ts'
import { asha, at, joins, ravi, says, sessionFacts } from '../src/playbook/example-session.ts'
import type { Message, SessionFacts } from '../src/playbook/facts.ts'
import { plan } from '../src/playbook/plan.ts'
import { type Email, emailClient } from '../src/vendors/email.ts'
import { text as vendorText } from '../src/webhooks.ts'
import { card, cardOfMany, type OpsCase } from '../src/words/card.ts'
import { LANGUAGES, TEMPLATE_NAMES } from '../src/words/catalogue.ts'
import { compose, composeAccount, type Said } from '../src/words/compose.ts'
import { danger, readHtml, skeleton } from './injection/html.ts'
import { type Payload, payloads } from './injection/payloads.ts'

/** What people and vendors wrote, in everything that leaves the house, read by whoever reads it there. Nothing in it may act. */

const FULL = process.env.PUNCTUAL_PROOF === 'full'
// No column keeps a NUL, so no fact has one.
const ALL = payloads(FULL ? 500 : 60).map((one) => ({ ...one, text: one.text.replaceAll('\0', '') }))
const HARMLESS = 'Ordinary words'
const links = { join: 'https://punctual.example/join/abc', manage: 'https://punctual.example/m/abc' }
const OURS = ['https://punctual.example']

/** Every string of the facts that somebody wrote is `text`: names, programme, title, reason, reply, what they are called in the room. */
function factsWith(text: string): SessionFacts {
  const [mentor, mentee] = [ravi, asha].map((person) => ({ ...person, name: text }))
  return sessionFacts({
    session: { title: text, programmeName: text, cancelReason: text },
    participants: [mentor!, mentee!],
    roomEvents: [{ ...joins(ravi, at('10:00')), participant: { registrantId: 'reg-ravi', name: text, userId: text } }],
    replies: [says(asha, 'message', at('10:04'), { text })],
  })
}

function everythingSaid(text: string): Said[] {
  const facts = factsWith(text)
  const [first] = plan(facts) as [Message]
  return LANGUAGES.flatMap((locale) =>
    TEMPLATE_NAMES.map((template) => {
      const participant = { ...(template.endsWith('MENTOR') ? facts.participants[0]! : facts.participants[1]!), locale }
      const meaning = /CANCELLED/.test(template)
        ? 'cancelled'
        : /BOOKED|MOVED/.test(template)
          ? 'booked'
          : first.meaning
      const detail = { oldStartsAt: at('08:00').toString(), reason: text, waiting: text, calendar: text, notice: text }
      const message = { ...first, meaning, template, detail }
      return template.startsWith('MENTORSHIP')
        ? compose({
            message,
            facts,
            participant,
            links,
            now: at('05:00'),
            organizer: { name: text, email: 's@punctual.example' },
          })
        : composeAccount({ message, person: participant, programmeName: text, links })
    }),
  )
}

// In full on a busy machine, each of these takes a minute.
vi.setConfig({ testTimeout: 300_000 })

const usual = everythingSaid(HARMLESS)

test(`${ALL.length} payloads in every string of every message: a mail keeps its shape, and leads only to us`, () => {
  const shown = new Set<string>()
  for (const { text, mark } of ALL) {
    everythingSaid(text).forEach((said, index) => {
      const page = readHtml(said.email.html)
      // Line breaks that somebody wrote are shown as such, and nothing else of theirs is markup.
      const withoutBreaks = (shape: string) =>
        shape
          .split('\n')
          .filter((tag) => !/^(br|\/?p style|\/?p)$/.test(tag))
          .join('\n')
      expect(withoutBreaks(skeleton(page)), `${said.template} ${JSON.stringify(text)}`).toBe(
        withoutBreaks(skeleton(readHtml(usual[index]!.email.html))),
      )
      expect(page.tags.map((tag) => danger(tag, OURS)).filter(Boolean), JSON.stringify(text)).toEqual([])
      if (page.text.includes(mark)) shown.add(mark)
      expect(said.email.subject).not.toMatch(/[\r\n\0\v\f\u0085\u2028\u2029]/)
    })
  }
  expect(shown.size, 'each was shown somewhere').toBe(ALL.length)
})

test(`${ALL.length} payloads in every parameter of WhatsApp: one line, no tab, no four spaces, never empty, no other parameter`, () => {
  for (const { text } of ALL)
    everythingSaid(text).forEach(({ whatsapp, template }, index) => {
      expect(whatsapp.params).toHaveLength(usual[index]!.whatsapp.params.length)
      for (const param of whatsapp.params) {
        expect(param, `${template} ${JSON.stringify(text)}`).toMatch(/^[^\r\n\t\v\f\u0085\u2028\u2029\0]+$/)
        expect(param).not.toMatch(/ {4}|^\s|\s$/)
        expect(param.isWellFormed()).toBe(true)
      }
      // Our arguments are filled in once: what is called {name} stays {name}.
      expect(whatsapp.buttons).toEqual(usual[index]!.whatsapp.buttons)
      expect(whatsapp.name).toBe(usual[index]!.whatsapp.name)
    })
})

test(`${ALL.length} payloads in every text of a calendar file: one event, with the properties it always has`, () => {
  const read = (ics: string) => {
    expect(ics).not.toMatch(/[^\r]\n|\r[^\n]|\0/)
    for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    const calendar = new ICAL.Component(ICAL.parse(ics))
    const [event, ...others] = calendar.getAllSubcomponents()
    expect([event?.name, others.length, event?.getAllSubcomponents().length]).toEqual(['vevent', 0, 0])
    const shape = (one: ICAL.Component) =>
      one.getAllProperties().map(
        ({ name, jCal }) =>
          `${name} ${Object.keys(jCal[1] as object)
            .sort()
            .join()}`,
      )
    return { shape: [...shape(calendar), ...shape(event as ICAL.Component)], event: event as ICAL.Component }
  }
  let files = 0
  for (const { text, mark } of ALL)
    everythingSaid(text).forEach(({ email }, index) => {
      if (!email.ics) return
      files += 1
      const { shape, event } = read(email.ics.content)
      expect(shape, JSON.stringify(text)).toEqual(read(usual[index]!.email.ics!.content).shape)
      expect(event.getFirstPropertyValue('summary')).toContain(mark)
      expect(event.getAllProperties('attendee').map((one) => one.getFirstValue())).toEqual([
        `MAILTO:${usual[index]!.template.endsWith('MENTOR') ? ravi.email : asha.email}`,
      ])
      expect(event.getFirstPropertyValue('organizer')).toBe('mailto:s@punctual.example')
    })
  expect(files).toBeGreaterThan(ALL.length * 10)
})

describe('the ops channel', () => {
  const about = (text: string, kind: string): OpsCase => ({
    id: '0190ffff-0000-7000-8000-000000000001',
    kind,
    key: `${kind}:0190ffff-0000-7000-8000-000000000002@1`,
    title: text,
    detail: {
      startsAt: at('10:00').toString(),
      mentees: [text],
      mentors: [text],
      name: text,
      said: 'coming',
      text,
      reason: text,
      why: text,
      answer: text,
      missing: [
        {
          participantId: '0190ffff-0000-7000-8000-000000000002',
          name: text,
          role: text,
          said: { meaning: text, at: at('10:00').toString() },
        },
      ],
      unidentified: [text],
    },
    sessionId: '0190ffff-0000-7000-8000-000000000003',
    openedAt: at('10:00'),
    settledAt: null,
    settledBy: null,
    settledReason: null,
  })
  const setting = { publicUrl: 'https://punctual.example', secret: 'secret', now: at('10:10') }
  const KINDS = ['missing', 'unconfirmed', 'objection', 'declined', 'difference', 'calendar', 'poison']
  const ours = /^https:\/\/punctual\.example(\/sessions\/[0-9a-f-]+)?\|Open$/

  test(`${ALL.length} payloads in every text of a card: no mention, no link but ours, and nothing parsed that we did not mark`, () => {
    const wrong: string[] = []
    for (const { text } of ALL) {
      const settled = {
        ...about(text, 'missing'),
        settledAt: at('10:05'),
        settledBy: `token:${text}`,
        settledReason: text,
      }
      const cards = [
        ...KINDS.map((kind) => card(about(text, kind), setting)),
        card(settled, setting),
        cardOfMany([about(text, 'missing'), settled], setting),
      ]
      for (const { text: fallback, blocks } of cards) {
        const texts = [{ type: 'mrkdwn', verbatim: true, text: fallback }, ...textObjects(blocks)]
        for (const one of texts) {
          if (one.type !== 'mrkdwn') continue
          if (one.verbatim !== true) wrong.push(`not verbatim: ${one.text}`)
          // Slack reads what stands between < and > as a command, a mention or a link; & begins one of its three escapes.
          for (const [, marked = ''] of one.text.matchAll(/<([^>]*)>?/g))
            if (!ours.test(marked)) wrong.push(`<${marked}> of ${text}`)
          if (/&(?!amp;|lt;|gt;)/.test(one.text)) wrong.push(`a bare & of ${text}`)
          if (!one.text.isWellFormed() || one.text.length > 3000) wrong.push(`half or too long: ${text}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  test('a text that is cut is never cut within an escape or a character, and our link stays whole', () => {
    for (let length = 2_890; length < 3_010; length += 1) {
      const { blocks } = card({ ...about('&'.repeat(length), 'difference') }, setting)
      const [{ text }] = textObjects(blocks) as unknown as [{ text: string }]
      expect(text).toMatch(/(&amp;)+\n<https:\/\/punctual\.example\/sessions\/[0-9a-f-]+\|Open>$/)
      expect(text.length).toBeLessThanOrEqual(3000)
      const emoji = card({ ...about(`${'x'.repeat(length)}👩`, 'difference') }, setting)
      expect(JSON.stringify(emoji).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(emoji))).toBe(true)
    }
  })
})

describe('as mail programs read it', () => {
  let server: SMTPServer
  let mailer: Email
  const received: { raw: string; to: string[] }[] = []
  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, session, done) => {
        void readAll(stream).then((raw) => {
          received.push({ raw, to: session.envelope.rcptTo.map(({ address }) => address) })
          done()
        })
      },
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    mailer = emailClient({
      smtpUrl: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}?pool=true`,
      from: 'Punctual <p@punctual.example>',
    })
  })
  afterAll(async () => {
    mailer.close()
    await new Promise<void>((closed) => server.close(closed))
  })

  test(`${ALL.length} payloads: the subject is one line, nobody else is written to, no header and no part is added`, async () => {
    const send = async (said: Said) => {
      received.length = 0
      const ics = said.email.ics
      const sent = await mailer.send({
        to: asha.email,
        subject: said.email.subject,
        text: said.email.text,
        html: said.email.html,
        messageId: '<1@punctual.example>',
        ...(ics ? { calendar: { method: ics.method, ics: ics.content } } : {}),
      })
      expect(sent.ok, JSON.stringify(sent)).toBe(true)
      const [{ raw, to }] = received as [{ raw: string; to: string[] }]
      expect(received).toHaveLength(1)
      const mail = await PostalMime.parse(raw)
      return {
        to,
        mail,
        headers: mail.headers.map(({ key }) => key).sort(),
        parts: mail.attachments.map(({ mimeType, filename }) => [mimeType, filename]),
      }
    }
    const index = TEMPLATE_NAMES.findIndex((name) => name.endsWith('CANCELLED_TO_MENTEE'))
    const before = await send(usual[index]!)
    for (const { text } of ALL) {
      const said = everythingSaid(text)[index] as Said
      const after = await send(said)
      expect(after.to).toEqual([asha.email])
      expect([after.headers, after.parts], JSON.stringify(text)).toEqual([before.headers, before.parts])
      expect(after.mail.to?.map((one) => one.address)).toEqual([asha.email])
      expect([after.mail.cc, after.mail.bcc, after.mail.replyTo]).toEqual([undefined, undefined, undefined])
      expect(plain(after.mail.subject)).toBe(plain(said.email.subject))
      expect(plain(after.mail.text)).toBe(plain(said.email.text))
    }
  }, 120_000)
})

/** Mail may change spaces at line ends and drops what no mail can carry; everything else must arrive. */
const plain = (text: string | undefined): string => (text ?? '').replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()

test('what turns the direction of a line is taken out of whatever comes from vendors and from people', () => {
  const turning = payloads(500).filter(({ text }: Payload) => /[\u202a-\u202e\u2066-\u2069]/.test(text))
  expect(turning.length).toBe(9)
  for (const { text } of turning) {
    expect(withoutTurns(text)).toMatch(/^abZ\d+Z$/)
    expect(nameText.parse(text)).toMatch(/^abZ\d+Z$/)
    expect(vendorText(text)).toMatch(/^abZ\d+Z$/)
  }
})

const textObjects = (value: unknown): { type: string; text: string; verbatim?: boolean }[] => {
  if (Array.isArray(value)) return value.flatMap(textObjects)
  if (typeof value !== 'object' || value === null) return []
  const one = value as { type?: unknown; text?: unknown }
  const own =
    typeof one.text === 'string' && (one.type === 'mrkdwn' || one.type === 'plain_text')
      ? [one as { type: string; text: string }]
      : []
  return [...own, ...Object.values(one).flatMap(textObjects)]
}
