import type { Outcome } from './acts.ts'
import type { Act, Step, Story } from './scenario.ts'
import type { Stage } from './stage.ts'

type Wish = Extract<Act, { name: 'ordinaryWeek' }>['wish']

/**
 * Ordinary sessions: each mentee takes a time that their mentor offers. Then people do what people do: most confirm, by
 * button, by a word or not at all; both come, some a little early, a few some minutes late; when it is over they go.
 */
export async function ordinaryWeek(stage: Stage, { sessions, from, to, mentors, mentees }: Wish): Promise<Outcome> {
  const range = `from=${(await stage.instantNow(from)).toString()}&to=${(await stage.instantNow(to)).toString()}`
  const stories: Story[] = []
  for (let n = 0; n < sessions; n++) {
    const mentor = mentors[n % mentors.length] as string
    const mentee = mentees[(n * 7 + Math.floor(n / mentees.length)) % mentees.length] as string
    const label = `ordinary-${n + 1}`
    if (mentor !== mentee && (await bookOffered(stage, { mentor, mentee, range, label, skip: n * 5 })))
      stories.push(oneSession(n, label, mentor, mentee))
  }
  return { stories }
}

/** Somebody may have been faster, a host may be gone: then the next of the offered times. */
async function bookOffered(
  stage: Stage,
  {
    mentor,
    mentee,
    range,
    label,
    skip,
  }: { mentor: string; mentee: string; range: string; label: string; skip: number },
): Promise<boolean> {
  const [mentorId, menteeId] = [stage.person(mentor).id, stage.person(mentee).id]
  const { body } = await stage.api('GET', `/api/v1/mentors/${mentorId}/slots?${range}&menteeId=${menteeId}`)
  const slots = (body.slots ?? []) as { startsAt: string }[]
  for (let tried = 0; tried < Math.min(4, slots.length); tried++) {
    const { startsAt } = slots[(skip + tried * 3) % slots.length] as { startsAt: string }
    const answer = await stage.api('POST', '/api/v1/bookings', { mentorId, menteeId, startsAt })
    if (answer.status !== 201) continue
    stage.sessions.set(label, { id: String(answer.body.sessionId), bookingId: String(answer.body.id) })
    return true
  }
  return false
}

function oneSession(n: number, session: string, mentor: string, mentee: string): Story {
  const answers: Act[] = [
    { name: 'replyIfAsked', wish: { person: mentee, session, button: 'coming' } },
    { name: 'replyIfAsked', wish: { person: mentee, session, text: 'Yes, see you then!' } },
  ]
  const isLate = n % 9 === 4
  const steps: [string, Act][] = [
    ...(n % 3 < 2 ? [[`${session} -${150 + (n % 7) * 10}m`, answers[n % 2]] as [string, Act]] : []),
    [
      `${session} -${1 + (n % 3)}m`,
      { name: 'join', wish: { session, person: mentor, as: n % 4 === 1 ? 'signed-in' : 'registrant' } },
    ],
    [`${session} ${isLate ? '+7m' : '-30s'}`, { name: 'join', wish: { session, person: mentee } }],
    [`${session} end -${4 + (n % 3)}m`, { name: 'everybodyLeaves', wish: { session } }],
  ]
  return {
    story: session,
    steps: steps.map(
      ([at, act], i): Step => ({ where: `${session} step ${i + 1}`, at, as: null, act, expect: null, checks: [] }),
    ),
  }
}
