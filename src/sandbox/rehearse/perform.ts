import { Refusal } from '../../errors.ts'
import { play } from './acts.ts'
import { look } from './checks.ts'
import type { ActName, Scenario, Step, Story } from './scenario.ts'
import type { Stage } from './stage.ts'

export type Expectation = { name: string; ok: boolean; saw: string; at: string; story: string }

type Running = Story & { next: number }

/**
 * Plays all stories on one clock: always the earliest of their next steps, the order of the file among equals. A step
 * without a time follows the one before it at once. A step that cannot be played is an expectation that failed, and its
 * story goes on: one broken story must not hide the others.
 */
export async function perform(stage: Stage, scenario: Scenario): Promise<Expectation[]> {
  const seen: Expectation[] = []
  const stories: Running[] = scenario.stories.map((story) => ({ ...story, next: 0 }))
  for (;;) {
    const turn = await nextTurn(stage, stories)
    if (turn === null) return seen
    const { story, step, at } = turn
    story.next += 1
    const fail = (saw: string) =>
      void seen.push({
        name: step.expect ?? `${step.where} can be played`,
        ok: false,
        saw,
        at: stage.now().toString(),
        story: story.story,
      })
    try {
      if (Temporal.Instant.compare(at, stage.now()) > 0) await stage.sandbox.advanceTo(at)
      else if (step.at && Temporal.Instant.compare(at, stage.now()) < 0) {
        fail(`its time, ${at}, had passed: the clock stood at ${stage.now()}`)
        continue
      }
      const more = await performStep(stage, story, step, seen)
      stories.push(...more.map((one) => ({ ...one, next: 0 })))
    } catch (error) {
      fail(error instanceof Refusal ? error.message : `${(error as Error).stack}`)
    }
  }
}

const MOVES_NOTHING = new Set<ActName>([
  'join',
  'leave',
  'everybodyJoins',
  'everybodyLeaves',
  'reply',
  'replyIfAsked',
  'readWhatsapp',
  'forge',
  'replay',
  'strangeMeeting',
  'book',
  'hold',
  'fault',
])

async function performStep(stage: Stage, { story }: Running, step: Step, seen: Expectation[]): Promise<Story[]> {
  const outcome = step.act ? await play(stage, step.act, step.as) : {}
  if (step.act && !MOVES_NOTHING.has(step.act.name)) stage.forgetTimes()
  const refused =
    step.act && outcome.answer && outcome.answer.status >= 400 && !step.checks.some(({ name }) => name === 'refused')
  if (refused)
    throw new Refusal(
      'not_possible',
      `${step.act?.name} was refused: ${outcome.answer?.status} ${outcome.answer?.body.detail}`,
    )
  if (step.expect) {
    await stage.rest()
    const looks = []
    for (const check of step.checks) looks.push(await look(stage, check, outcome))
    seen.push({
      name: step.expect,
      ok: looks.every(({ ok }) => ok),
      saw: looks.map(({ saw }) => saw).join('; '),
      at: stage.now().toString(),
      story,
    })
  }
  return outcome.stories ?? []
}

async function nextTurn(
  stage: Stage,
  stories: Running[],
): Promise<{ story: Running; step: Step; at: Temporal.Instant } | null> {
  const open = stories.filter(({ steps, next }) => next < steps.length)
  if (open.length === 0) return null
  const now = stage.now()
  let first: { story: Running; step: Step; at: Temporal.Instant } | null = null
  for (const story of open) {
    const step = story.steps[story.next] as Step
    const at = step.at ? await stage.instant(step.at) : now
    if (at && (first === null || Temporal.Instant.compare(at, first.at) < 0)) first = { story, step, at }
  }
  if (first) return first
  // Everybody waits for a session that nobody books: the first of them says so.
  const story = open[0] as Running
  return { story, step: { ...(story.steps[story.next] as Step), at: null }, at: now }
}
