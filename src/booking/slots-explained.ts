import type { Blocked, BlockReason, Rule, Slot, SlotsQuestion } from './availability.ts'
import { DAY, MINUTE } from './availability-windows.ts'
import { type Blocker, bookableTime, busyBlockers, closedBlockers, ruleBlockers } from './slots-blockers.ts'
import { type OpenWindow, openWindows } from './slots-grid.ts'

export type Explanation = { slots: Slot[]; blocked: Blocked[] }

/**
 * The slots, and for all other time of `[from, to)` what stands against a session starting there. A start of the grid has an
 * entry of a session's length with every reason; `hours` covers time outside the hours, or too late in them for a whole session;
 * `grid` is time inside the hours between two starts; `dst_gap` marks the clock change that leaves a start out (an entry
 * without length when the next start follows at once). What lies more than 92 days in the past or beyond the horizon is one
 * entry, `past` or `horizon`.
 */
export function explain(question: SlotsQuestion): Explanation {
  const asked = { from: question.from.epochMilliseconds, to: question.to.epochMilliseconds }
  const detail = detailedTime(question)
  const from = Math.max(asked.from, detail.from)
  const to = Math.min(asked.to, detail.to)

  const answer: Explanation = { slots: [], blocked: [] }
  block(answer.blocked, asked.from, Math.min(asked.to, detail.from), 'past')
  if (from < to) explainRange(question, from, to, answer)
  block(answer.blocked, Math.max(asked.from, detail.to), asked.to, 'horizon')
  return answer
}

/**
 * The rules that a session starting then would break, none if it is offered. What is taken is not asked here, and neither is
 * the question's own range.
 */
export function offeredAt(question: SlotsQuestion, startsAt: Temporal.Instant): Rule[] {
  const start = startsAt.epochMilliseconds
  const detail = detailedTime(question)
  if (start < detail.from) return ['past']
  if (start >= detail.to) return ['horizon']

  const session = question.config.sessionMinutes * MINUTE
  const window = openWindows(question.config, start, start + 1).find(
    ({ opens, closes }) => opens <= start && start + session <= closes,
  )
  const broken = reasonsInOrder(everyRule(question, start, start + 1))(start)
  if (!window) return ['hours', ...broken]
  return window.starts.length === 0 ? ['grid', ...broken] : broken
}

// Past this, one reason says it all; it keeps the answer to a question about a century small.
function detailedTime(question: SlotsQuestion) {
  const margin = 92 * DAY
  return { from: question.now.epochMilliseconds - margin, to: bookableTime(question).last + margin }
}

function explainRange(question: SlotsQuestion, from: number, to: number, { slots, blocked }: Explanation) {
  const session = question.config.sessionMinutes * MINUTE
  const reasonsAt = reasonsInOrder<BlockReason>([
    ...everyRule(question, from, to),
    ...busyBlockers(question),
    ...closedBlockers(question),
  ])
  let explainedTo = from
  for (const window of openWindows(question.config, from, to)) {
    const since = Math.max(explainedTo, window.opens)
    if (window.fitsUntil <= since) continue
    if (since >= to) break
    block(blocked, explainedTo, since, 'hours')
    explainedTo = since

    for (const { at, exists, next } of moments(window)) {
      block(blocked, explainedTo, at, 'grid')
      if (exists) {
        const reasons = reasonsAt(at)
        if (reasons.length === 0) slots.push({ startsAt: at, endsAt: at + session })
        else blocked.push({ startsAt: at, endsAt: at + session, reasons })
        explainedTo = Math.max(explainedTo, at + session)
      } else {
        const until = Math.min(next, to)
        blocked.push({ startsAt: at, endsAt: until, reasons: ['dst_gap'] })
        explainedTo = Math.max(explainedTo, until)
      }
    }

    const fitsUntil = Math.min(window.fitsUntil, to)
    block(blocked, explainedTo, fitsUntil, 'grid')
    // From here on the session would outlast the hours, even where an earlier one is still running.
    explainedTo = fitsUntil
  }
  block(blocked, explainedTo, to, 'hours')
}

/** The starts of a window and the clock changes that leave one out, in order, each with the start that follows. */
function moments({ starts, skipped, fitsUntil }: OpenWindow) {
  const moments = [...skipped.map((at) => ({ at, exists: false })), ...starts.map((at) => ({ at, exists: true }))].sort(
    (a, b) => a.at - b.at || Number(a.exists) - Number(b.exists),
  )
  return moments.map((moment, index) => ({ ...moment, next: moments[index + 1]?.at ?? fitsUntil }))
}

/** Asked for ever later starts, names all that stands against each. */
function reasonsInOrder<Reason>(blockers: Blocker<Reason>[]): (start: number) => Reason[] {
  const coming = blockers.sort((a, b) => a.after - b.after)
  let next = 0
  let open: Blocker<Reason>[] = []
  return (start) => {
    for (let blocker = coming[next]; blocker !== undefined && blocker.after < start; blocker = coming[++next]) {
      open.push(blocker)
    }
    open = open.filter(({ before }) => start < before)
    return [...new Set(open.map(({ reason }) => reason))]
  }
}

function everyRule(question: SlotsQuestion, from: number, to: number): Blocker<Rule>[] {
  const { first, last } = bookableTime(question)
  const now = question.now.epochMilliseconds
  return [
    { after: -Infinity, before: now, reason: 'past' },
    { after: now - 1, before: first, reason: 'notice' },
    { after: last, before: Infinity, reason: 'horizon' },
    ...ruleBlockers(question, from, to),
  ]
}

function block(blocked: Blocked[], startsAt: number, endsAt: number, reason: BlockReason) {
  if (startsAt < endsAt) blocked.push({ startsAt, endsAt, reasons: [reason] })
}
