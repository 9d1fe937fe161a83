import { html } from 'hono/html'
import { sql } from 'kysely'
import { loadFacts } from '../effects/load-facts.ts'
import type { House } from '../http.ts'
import type { Actor } from '../people/actor.ts'
import { runs } from '../people/policy.ts'
import { expected } from '../playbook/attendance.ts'
import type { SessionFacts } from '../playbook/facts.ts'
import { upcoming } from '../playbook/plan.ts'
import { MEANINGS } from '../words/timeline.ts'
import { installation } from './holder.ts'
import type { Markup } from './page.ts'
import { city, clock, moment, near } from './times.ts'
import type { Viewer } from './viewer.ts'

/** The sandbox's clock above every page of ops: where it stands, what rings next, and how to move it. Empty when live. */
export async function clockBar(house: House, { actor, timeZone, lang }: Viewer, back: string): Promise<Markup | ''> {
  if (house.config.PUNCTUAL_MODE !== 'sandbox') return ''
  const now = house.clock.now()
  const alarms = await nextAlarms(house, actor, now)
  const [next] = alarms
  const hidden = html`<input type="hidden" name="back" value="${back}">`
  const step = (by: string, words: string) => html`<button name="by" value="${by}">${words}</button>`
  return html`<section class="clockbar" aria-label="Clock of the sandbox">
<p class="now"><strong><time datetime="${now.toString()}">${moment(now, timeZone, lang)}</time></strong> <span class="soft">${city(timeZone)} · ${clock(now, 'UTC')} UTC · stands still until you move it</span></p>
<div class="moves"><form method="post" action="/sandbox/clock/step">${hidden}${next ? html`<button class="is-main" name="to" value="${next.at.toString()}">Step to the next alarm, ${near(next.at, now, timeZone, lang)}</button>` : html`<button class="is-main" name="toNextAlarm" value="1">Step to the next alarm</button>`}</form>
<form method="post" action="/sandbox/clock/step">${hidden}${step('PT15M', '+15 min')}${step('PT1H', '+1 h')}${step('PT4H', '+4 h')}</form>
<details><summary>Jump</summary><form method="post" action="/sandbox/clock/step" class="line">${hidden}<label>To (UTC) <input type="datetime-local" name="to" required value="${now.toZonedDateTimeISO('UTC').toPlainDateTime().toString({ smallestUnit: 'minute' })}"></label><button>Jump</button></form></details></div>
<ol class="alarms">${alarms.length === 0 ? html`<li class="soft">Nothing is planned.</li>` : alarms.map(({ at, what }, i) => html`<li><span class="at">${near(at, now, timeZone, lang)}</span> ${what}${i === 0 ? html` <span class="soft">next</span>` : ''}</li>`)}</ol>
</section>`
}

type Alarm = { at: Temporal.Instant; what: string }

/**
 * The next three things that people would notice, in words. Chores and the vendors' own queues ring too, in between;
 * stepping on to the next of these lets them. The clock is everybody's; who is meant is for ops of the programme.
 */
async function nextAlarms(house: House, actor: Actor, now: Temporal.Instant): Promise<Alarm[]> {
  const { rows } = await sql<{ at: Temporal.Instant; kind: string; id: string | null; name: string }>`
    select * from (
      (select wake_at as at, 'session' as kind, id, '' as name from session where wake_at is not null order by wake_at limit 40)
      union all (select next_attempt_at, 'delivery', subject_id, meaning from delivery where next_attempt_at is not null order by next_attempt_at limit 3)
      union all (select next_attempt_at, 'mirror', session_id, kind from mirror where next_attempt_at is not null order by next_attempt_at limit 3)
      union all (select wake_at, 'account', id, name from account where wake_at is not null order by wake_at limit 3)
    ) alarm order by at limit 40`.execute(house.db)
  const sessions = rows.flatMap(({ kind, id }) => (kind === 'session' && id ? [id] : []))
  const facts = await loadFacts(house.db, sessions, now, installation(house))
  const byWords = new Map<string, Alarm & { count: number }>()
  for (const { at, kind, id, name } of rows) {
    const of = id ? facts.get(id) : undefined
    const what =
      kind === 'session' && of
        ? ringsFor(of, at, runs(actor, of.session.programmeId))
        : kind === 'chore'
          ? `chore: ${name.replaceAll(/[_-]/g, ' ')}`
          : kind === 'account'
            ? `messages for ${actor.programmes === 'all' ? name : 'a person'}`
            : `${kind}: ${name.replaceAll('_', ' ')}`
    const key = `${at} ${what}`
    const known = byWords.get(key)
    byWords.set(key, { at, what, count: (known?.count ?? 0) + 1 })
  }
  return [...byWords.values()]
    .slice(0, 3)
    .map(({ at, what, count }) => ({ at, what: count > 1 ? `${what} (${count} times)` : what }))
}

function ringsFor(facts: SessionFacts, at: Temporal.Instant, isTheirs: boolean): string {
  const people = expected(facts)
  const names = people
    .slice(0, 2)
    .toSorted((a) => (a.role === 'mentee' ? -1 : 1))
    .map(({ name }) => name.slice(0, 40))
    .join(' with ')
  const due = upcoming(facts).filter(({ dueAt }) => Temporal.Instant.compare(dueAt, at) <= 0)
  const meanings = [...new Set(due.map(({ meaning }) => MEANINGS[meaning] ?? meaning.replaceAll('_', ' ')))]
  return `${meanings.length > 0 ? meanings.join(', ') : 'checks'}: ${isTheirs ? names : 'a session of another programme'}`
}
