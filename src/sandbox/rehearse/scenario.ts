import { z } from 'zod'
import { invalid } from '../../errors.ts'
import { FAULT_KINDS, VENDORS } from '../faults.ts'
import { MOMENT_RULE, moment, readMoment } from './moment.ts'

/**
 * A scenario is a set of stories played side by side on one clock: each is a list of steps in the order of time, and a
 * step is something that somebody does (at most one act), what operations expect to be true then, or both.
 */

const label = z.string().regex(/^[a-z][a-z0-9-]{0,60}$/, 'must be a word in small letters, digits and dashes')
const person = z.email('must be the e-mail address of somebody in people.csv')
const words = z.string().min(1).max(500)
const count = z.number().int().min(0).max(10_000)
const slot = { mentor: person, mentee: person, startsAt: moment }

const SIGNED = z.enum(['zoom', 'whatsapp', 'slack'])

export const ACTS = {
  /** Somebody books a time; `hold` names one of theirs that becomes the booking. */
  book: z.strictObject({ ...slot, hold: label.optional(), key: words.optional() }),
  /** So many clients ask for the same time at the same moment, each for another of these mentees. */
  race: z.strictObject({
    mentor: person,
    mentees: z.array(person).min(1),
    startsAt: moment,
    clients: z.number().int().min(2).max(200),
  }),
  hold: z.strictObject(slot),
  reschedule: z.strictObject({ session: label, startsAt: moment, revision: z.number().int().optional() }),
  cancel: z.strictObject({ session: label, reason: words }),
  /** A group session of one mentor, published to these mentees. */
  publish: z.strictObject({
    mentor: person,
    mentees: z.array(person),
    startsAt: moment,
    minutes: z.number().int().min(5).max(480),
    title: words,
  }),
  /** So many ordinary sessions, booked from the offered times; their people confirm, come and go as people do. */
  ordinaryWeek: z.strictObject({
    sessions: z.number().int().min(1).max(200),
    from: moment,
    to: moment,
    mentors: z.array(person).min(1),
    mentees: z.array(person).min(1),
  }),
  /** On WhatsApp: a button by its action (`coming`) or title, of the newest message or of the newest of that revision; or free words. */
  reply: z
    .strictObject({
      person,
      button: words.optional(),
      text: words.optional(),
      revision: z.number().int().optional(),
      withoutContext: z.boolean().optional(),
    })
    .refine(({ button, text }) => (button === undefined) !== (text === undefined), 'button or text: say one of them'),
  /** As `reply`, by somebody who answers only when a question about this session has reached their phone. */
  replyIfAsked: z.strictObject({ person, session: label, button: words.optional(), text: words.optional() }),
  /** Presses an answer on the page behind the link in their newest mail about the session. */
  answerByMail: z.strictObject({ person, session: label, answer: words }),
  readWhatsapp: z.strictObject({ person }),
  join: z.strictObject({
    session: label,
    person: words,
    as: z.enum(['registrant', 'signed-in', 'guest', 'phone']).optional(),
    name: words.optional(),
    email: z.email().optional(),
  }),
  /** Opens the link of their first message about the session, as people do, and presses the button. */
  joinByLink: z.strictObject({ session: label, person }),
  leave: z.strictObject({ session: label, person: words }),
  /** All who are expected come in by their own links. */
  everybodyJoins: z.strictObject({ session: label }),
  /** Everybody still in the room goes; a room that nobody entered stays as it is. */
  everybodyLeaves: z.strictObject({ session: label }),
  merge: z.strictObject({ sessions: z.array(label).min(2), reason: words }),
  undoMerge: z.strictObject({ merge: label, reason: words }),
  /** A whole day of the mentor's own calendar date: hours first, then one action on every session it affects. */
  absence: z.strictObject({
    mentor: person,
    date: z.iso.date(),
    reason: words,
    action: z.enum(['cancel', 'offer_times']),
  }),
  /** Signs in, goes to Google and comes back with the consent. */
  connectCalendar: z.strictObject({ person }),
  googleBusy: z.strictObject({ person, summary: words, startsAt: moment, endsAt: moment }),
  googleMove: z.strictObject({ person, session: label, startsAt: moment }),
  googleDelete: z.strictObject({ person, session: label }),
  googleDecline: z.strictObject({ person, session: label }),
  fault: z.strictObject({
    vendor: z.enum(VENDORS),
    kind: z.enum(FAULT_KINDS),
    count: count.optional(),
    rate: z.number().min(0).max(1).optional(),
    until: moment.optional(),
    minutes: z.number().optional(),
    milliseconds: z.number().optional(),
  }),
  clearFaults: z.strictObject({ vendor: z.enum(VENDORS).optional() }),
  phone: z.strictObject({ person, onWhatsapp: z.boolean().optional(), phoneOff: z.boolean().optional() }),
  mailbox: z.strictObject({ person, refuses: z.boolean() }),
  pressSlack: z.strictObject({ session: label, case: words, action: words }),
  judge: z.strictObject({
    session: label,
    person,
    verdict: z.enum(['present', 'late', 'left_early', 'absent', 'cannot_tell']),
    reason: words,
  }),
  /** Every Zoom webhook of this session once more, newest first, freshly signed. */
  repeatZoom: z.strictObject({ session: label }),
  /** The vendor's last webhook, changed and signed by somebody who does not know the secret. */
  forge: z.strictObject({ vendor: SIGNED }),
  /** The vendor's last webhook once more, byte for byte and rightly signed. */
  replay: z.strictObject({ vendor: SIGNED }),
  /** Zoom tells of a meeting that nobody here has made. */
  strangeMeeting: z.strictObject({}),
} as const

const message = {
  to: z.union([z.literal('ops'), person]),
  session: label.optional(),
  meaning: words.optional(),
  channel: z.enum(['whatsapp', 'email', 'slack']).optional(),
  says: words.optional(),
  from: moment.optional(),
  until: moment.optional(),
}
const many = <T extends z.ZodType>(one: T) => z.union([one, z.array(one).min(1)])

export const CHECKS = {
  /** The act was refused like this. */
  refused: z.strictObject({
    code: words,
    layer: words.optional(),
    whose: words.optional(),
    reason: words.optional(),
    title: words.optional(),
    alternatives: z.literal(3).optional(),
  }),
  /** Of a race: so many got it; everybody else was told what is in the way. */
  winners: z.strictObject({ exactly: count, othersRefused: words }),
  /** `times` in all; without it at least one. */
  sent: many(z.strictObject({ ...message, times: z.number().int().min(1).optional() })),
  notSent: many(z.strictObject(message)),
  verdict: many(
    z.strictObject({
      session: label,
      person,
      verdict: words,
      stage: z.enum(['provisional', 'firm', 'corrected']).optional(),
    }),
  ),
  answer: many(z.strictObject({ session: label, person, is: words.nullable() })),
  case: many(
    z.strictObject({ session: label, kind: words, is: z.enum(['open', 'settled', 'none']), says: words.optional() }),
  ),
  timeline: many(z.strictObject({ session: label, kind: words, state: words.optional(), times: count.optional() })),
  zoomMeetings: many(z.strictObject({ session: label, exactly: count, registrants: count.optional() })),
  googleEvent: many(
    z.strictObject({ session: label, person, is: z.enum(['there', 'gone']), startsAt: moment.optional() }),
  ),
  slot: many(
    z.strictObject({
      mentor: person,
      mentee: person.optional(),
      startsAt: moment,
      is: z.enum(['offered', 'blocked']),
      reason: words.optional(),
    }),
  ),
  /** The sessions begin at the same wall-clock time in this zone, though not at the same time in UTC. */
  sameWallClock: z.strictObject({ sessions: z.array(label).min(2), zone: words, time: words }),
  /** Operations' list of collisions names this session and why. */
  collision: many(
    z.strictObject({ session: label, cause: z.enum(['calendar', 'absence', 'hours']), is: z.enum(['listed', 'gone']) }),
  ),
  /** Of a merge: the preview and the deed named the same people, messages and vendors' changes. */
  previewWasTrue: z.literal(true),
  /** Of an absence: so many sessions were affected, and every one is cancelled now. */
  affected: z.strictObject({ exactly: count }),
  session: many(
    z.strictObject({
      session: label,
      is: z.enum(['scheduled', 'cancelled', 'merged']),
      startsAt: moment.optional(),
      people: count.optional(),
    }),
  ),
  /** Of a webhook: how it was answered, how many more are kept, and as what. */
  received: z.strictObject({ status: count, stored: count, outcome: words.optional() }),
  /** All of the standing promises, asked now and not only at the end. */
  promises: z.literal(true),
} as const

export type ActName = keyof typeof ACTS
export type CheckName = keyof typeof CHECKS
export type Act = { [Name in ActName]: { name: Name; wish: z.output<(typeof ACTS)[Name]> } }[ActName]
export type Check = { [Name in CheckName]: { name: Name; wish: z.output<(typeof CHECKS)[Name]> } }[CheckName]
export type Step = {
  where: string
  at: string | null
  as: string | null
  act: Act | null
  expect: string | null
  checks: Check[]
}
export type Story = { story: string; steps: Step[] }
export type Scenario = { about: string; stories: Story[] }

const outer = z.strictObject({
  about: words,
  stories: z.array(z.strictObject({ story: words, steps: z.array(z.record(z.string(), z.unknown())).min(1) })).min(1),
})

/** The text of scenario.json; every mistake is named by story and step. Throws `invalid`. */
export function readScenario(text: string): Scenario {
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw invalid({ field: 'scenario.json', rule: `must be JSON: ${(error as Error).message}` })
  }
  const read = outer.safeParse(parsed)
  if (!read.success)
    throw invalid(
      ...read.error.issues.map(({ path, message }) => ({ field: ['scenario.json', ...path].join(' '), rule: message })),
    )

  const errors: { field: string; rule: string }[] = []
  const stories = read.data.stories.map(({ story, steps }) => ({
    story,
    steps: steps.map((raw, index) => readStep(`"${story}" step ${index + 1}`, raw, errors)),
  }))
  errors.push(...labelsTwice(stories), ...labelsUnknown(stories))
  if (errors.length > 0) throw invalid(...errors)
  return { about: read.data.about, stories }
}

type Errors = { field: string; rule: string }[]

const AROUND = { at: moment, as: label, expect: words, note: words } as const

function readStep(where: string, raw: Record<string, unknown>, errors: Errors): Step {
  const step: Step = { where, at: null, as: null, act: null, expect: null, checks: [] }
  const wrong = (field: string, rule: string) =>
    void errors.push({ field: `scenario.json ${where}${field && ` (${field})`}`, rule })
  const parse = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const result = schema.safeParse(raw[name])
    if (result.success) return result.data
    for (const issue of result.error.issues) wrong([name, ...issue.path].join('.'), issue.message)
    return undefined
  }
  for (const name of Object.keys(raw)) {
    if (name in AROUND) {
      const value = parse(name, AROUND[name as keyof typeof AROUND])
      if (value !== undefined && name !== 'note') step[name as 'at' | 'as' | 'expect'] = value
    } else if (name in ACTS) {
      if (step.act) wrong(name, `one act a step: it has ${step.act.name} already`)
      const wish = parse(name, ACTS[name as ActName] as z.ZodType)
      step.act = { name, wish } as Act
    } else if (name in CHECKS) {
      const wish = parse(name, CHECKS[name as CheckName] as z.ZodType)
      step.checks.push({ name, wish } as Check)
    } else
      wrong(
        name,
        `is no act and nothing to expect; known are ${[...Object.keys(ACTS), ...Object.keys(CHECKS)].join(', ')}`,
      )
  }
  if (step.checks.length > 0 && !step.expect) wrong('expect', 'must say in a sentence what is expected')
  if (step.expect && step.checks.length === 0)
    wrong('expect', `needs at least one of ${Object.keys(CHECKS).join(', ')}`)
  if (!step.act && step.checks.length === 0) wrong('', 'does nothing and expects nothing')
  return step
}

function labelsTwice(stories: Story[]): Errors {
  const seen = new Map<string, string>()
  return stories.flatMap(({ steps }) =>
    steps.flatMap(({ as, where }) => {
      if (!as) return []
      const earlier = seen.get(as)
      seen.set(as, where)
      return earlier
        ? [{ field: `scenario.json ${where} (as)`, rule: `"${as}" is already the name of ${earlier}` }]
        : []
    }),
  )
}

const MOMENTS = new Set(['at', 'startsAt', 'endsAt', 'from', 'until'])
const NAMES = new Set(['session', 'sessions', 'hold', 'merge'])

/** Whatever is spoken of by name is somewhere named. */
function labelsUnknown(stories: Story[]): Errors {
  const steps = stories.flatMap((story) => story.steps)
  const known = new Set(steps.map(({ as }) => as))
  const isKnown = (name: string) => known.has(name) || /^ordinary-\d+$/.test(name)
  const wrongIn = (key: string, value: unknown): [string, string][] => {
    if (Array.isArray(value)) return value.flatMap((one) => wrongIn(key, one))
    if (value !== null && typeof value === 'object')
      return Object.entries(value).flatMap(([name, one]) => wrongIn(name, one))
    if (typeof value !== 'string') return []
    if (NAMES.has(key) && !isKnown(value)) return [[key, `nothing in this scenario is called "${value}"`]]
    const spoken = MOMENTS.has(key) ? readMoment(value) : null
    return spoken && 'session' in spoken && !isKnown(spoken.session) ? [[key, MOMENT_RULE]] : []
  }
  return steps.flatMap(({ where, at, act, checks }) =>
    [...wrongIn('at', at), ...wrongIn('', act?.wish), ...checks.flatMap(({ wish }) => wrongIn('', wish))].map(
      ([key, rule]) => ({
        field: `scenario.json ${where} (${key})`,
        rule,
      }),
    ),
  )
}
