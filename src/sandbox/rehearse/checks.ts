import { rows } from '../world.ts'
import type { Outcome } from './acts.ts'
import { listed, messagesLike } from './messages.ts'
import { brokenPromises } from './promises.ts'
import type { Check, CheckName } from './scenario.ts'
import { missing, type Stage } from './stage.ts'

/** What was seen, and whether it is what was expected. */
export type Seen = { ok: boolean; saw: string }

type One<T> = T extends readonly (infer Element)[] ? Element : T
type Looking = {
  [Name in CheckName]: (
    stage: Stage,
    wish: One<Extract<Check, { name: Name }>['wish']>,
    outcome: Outcome,
  ) => Promise<Seen>
}

/** Looks at what people, vendors and the API can see; a list of wishes holds when each of them does. */
export async function look(stage: Stage, { name, wish }: Check, outcome: Outcome): Promise<Seen> {
  const seen: Seen[] = []
  for (const one of [wish].flat())
    seen.push(
      await (LOOKS[name] as (stage: Stage, wish: unknown, outcome: Outcome) => Promise<Seen>)(stage, one, outcome),
    )
  return { ok: seen.every(({ ok }) => ok), saw: seen.map(({ saw }) => saw).join('; ') }
}

const LOOKS: Looking = {
  async refused(_stage, { code, layer, whose, reason, title, alternatives }, { answer }) {
    const body = answer?.body ?? {}
    const conflicts = (body.conflicts ?? []) as { layer: string; whose: string; title?: string }[]
    const reasons = (body.reasons ?? []) as string[]
    const free = (body.alternatives ?? []) as unknown[]
    const ok =
      body.code === code &&
      conflicts.some(
        (c) => (!layer || c.layer === layer) && (!whose || c.whose === whose) && (!title || c.title === title),
      ) === (conflicts.length > 0 || Boolean(layer ?? whose ?? title)) &&
      (!reason || reasons.includes(reason)) &&
      (!alternatives || free.length >= alternatives)
    const named = [
      ...conflicts.map((c) => `${c.layer} of the ${c.whose}${c.title ? ` "${c.title}"` : ''}`),
      ...reasons,
    ].join(', ')
    return {
      ok,
      saw: `${answer?.status} ${body.code ?? body.status ?? ''}${named && `: ${named}`}${free.length > 0 ? `; ${free.length} free times offered` : ''}`,
    }
  },
  async winners(_stage, { exactly, othersRefused }, { answers = [] }) {
    const won = answers.filter(({ status }) => status === 201)
    const told = answers.filter(({ body }) => body.code === othersRefused)
    const named = told.filter(({ body }) => ((body.conflicts ?? []) as unknown[]).length > 0)
    return {
      ok: won.length === exactly && named.length === answers.length - exactly,
      saw: `${won.length} of ${answers.length} booked it, ${named.length} were told what is in the way`,
    }
  },
  async sent(stage, { times, ...wanted }) {
    const found = await messagesLike(stage, wanted)
    if (found.length > 0 && (times === undefined || found.length === times)) return { ok: true, saw: listed(found) }
    const { to, session } = wanted
    return {
      ok: false,
      saw: `${found.length} such; of all to ${to}: ${listed(await messagesLike(stage, { to, session }))}`,
    }
  },
  async notSent(stage, wanted) {
    const found = await messagesLike(stage, wanted)
    return { ok: found.length === 0, saw: listed(found) }
  },
  async verdict(stage, { session, person, verdict, stage: wantedStage }) {
    const { body } = await stage.api('GET', `/api/v1/sessions/${stage.session(session).id}/attendance`)
    const all = (body.items as { personId: string; verdict: string; stage: string }[]).filter(
      ({ personId }) => personId === stage.person(person).id,
    )
    const last = all.at(-1)
    return {
      ok: last?.verdict === verdict && (!wantedStage || last.stage === wantedStage),
      saw: all.length === 0 ? 'no verdict' : all.map((v) => `${v.verdict} (${v.stage})`).join(', then '),
    }
  },
  async answer(stage, { session, person, is }) {
    const { body } = await stage.api('GET', `/api/v1/sessions/${stage.session(session).id}`)
    const found = (body.participants as { personId: string; answer: string | null }[]).find(
      ({ personId }) => personId === stage.person(person).id,
    )
    return {
      ok: found !== undefined && found.answer === is,
      saw: found ? (found.answer ?? 'no answer') : 'not expected there',
    }
  },
  async case(stage, { session, kind, is, says }) {
    const found = await stage.house.db
      .selectFrom('ops_case')
      .selectAll()
      .where('session_id', '=', stage.session(session).id)
      .where('kind', '=', kind)
      .orderBy('opened_at')
      .execute()
    const last = found.at(-1)
    const state = last === undefined ? 'none' : last.settled_at ? 'settled' : 'open'
    const words = last ? [last.title, last.settled_reason, JSON.stringify(last.detail)].filter(Boolean).join(' · ') : ''
    return {
      ok: state === is && (!says || words.includes(says)),
      saw: last ? `${state}: ${last.title}${last.settled_reason ? ` · ${last.settled_reason}` : ''}` : 'no such case',
    }
  },
  async timeline(stage, { session, kind, state, times }) {
    const { body } = await stage.api('GET', `/api/v1/sessions/${stage.session(session).id}/timeline`)
    const found = (body.entries as { kind: string; state: string }[]).filter(
      (entry) => entry.kind === kind && (!state || entry.state === state),
    )
    return {
      ok: times === undefined ? found.length > 0 : found.length === times,
      saw: `${found.length} times ${kind}${state ? ` ${state}` : ''}`,
    }
  },
  async zoomMeetings(stage, { session, exactly, registrants }) {
    const { id } = stage.session(session)
    const meetings = await rows(
      stage.sandbox.vendors.world.pool,
      `select m.id::text, (select count(*)::int from sandbox.zoom_registrant r where r.meeting_id = m.id and r.status = 'approved') as registrants
       from sandbox.zoom_meeting m join mirror on mirror.remote_id = m.id::text and mirror.kind = 'meeting'
       where mirror.session_id = $1 and m.deleted_at is null`,
      id,
    )
    const enough = registrants === undefined || meetings.every((m) => m.registrants === registrants)
    return {
      ok: meetings.length === exactly && enough,
      saw: `${meetings.length} Zoom meetings with ${meetings.map((m) => m.registrants).join(', ') || 'no'} personal links`,
    }
  },
  async googleEvent(stage, { session, person, is, startsAt }) {
    const { email } = stage.person(person)
    const events = await stage.sandbox.vendors.googleEvents(email)
    const [mirror] = await rows(
      stage.sandbox.vendors.world.pool,
      `select m.remote_id, m.key from mirror m join calendar_connection c on m.key like '%' || c.id::text
       where m.kind = 'calendar_event' and m.session_id = $1 and c.google_email = $2 order by m.wanted_at desc limit 1`,
      stage.session(session).id,
      email,
    )
    const event = events.find((one) => one.id === mirror?.remote_id && one.status !== 'cancelled')
    const start = event ? Temporal.Instant.from((event.start as { dateTime: string }).dateTime) : null
    const atTime = !startsAt || (start?.equals(await stage.instantNow(startsAt)) ?? false)
    return {
      ok: is === 'there' ? event !== undefined && atTime : event === undefined,
      saw: start ? `an event at ${start}` : 'no event',
    }
  },
  async slot(stage, { mentor, mentee, startsAt, is, reason }) {
    const start = await stage.instantNow(startsAt)
    const asking = mentee ? `&menteeId=${stage.person(mentee).id}` : ''
    const range = `from=${start}&to=${start.add({ hours: 2 })}&explain=true${asking}`
    const { body } = await stage.api('GET', `/api/v1/mentors/${stage.person(mentor).id}/slots?${range}`)
    const offered = ((body.slots ?? []) as { startsAt: string }[]).some((slot) =>
      Temporal.Instant.from(slot.startsAt).equals(start),
    )
    const blocked = ((body.blocked ?? []) as { startsAt: string; endsAt: string; reasons: string[] }[]).filter(
      (time) => Temporal.Instant.compare(time.startsAt, start) <= 0 && Temporal.Instant.compare(start, time.endsAt) < 0,
    )
    const reasons = blocked.flatMap((time) => time.reasons)
    return {
      ok: offered === (is === 'offered') && (!reason || reasons.includes(reason)),
      saw: offered ? 'offered' : `not offered: ${reasons.join(', ') || 'no reason given'}`,
    }
  },
  async sameWallClock(stage, { sessions, zone, time }) {
    const starts = await Promise.all(sessions.map((session) => stage.instantNow(session)))
    const local = starts.map((start) => start.toZonedDateTimeISO(zone))
    const clocks = local.map((one) => one.toPlainTime().toString({ smallestUnit: 'minute' }))
    const offsets = new Set(local.map((one) => one.offset))
    return {
      ok: clocks.every((clock) => clock === time) && offsets.size > 1,
      saw: local.map((one, i) => `${clocks[i]} ${zone} (UTC${one.offset}) on ${one.toPlainDate()}`).join(', '),
    }
  },
  async collision(stage, { session, cause, is }) {
    const { id } = stage.session(session)
    const { body } = await stage.api(
      'GET',
      `/api/v1/conflicts?from=${stage.now()}&to=${stage.now().add({ hours: 24 * 30 })}`,
    )
    const found = (body.items as { sessionId: string; causes: { cause: string; title?: string }[] }[]).find(
      ({ sessionId }) => sessionId === id,
    )
    const listed = found?.causes.some((one) => one.cause === cause) ?? false
    const causes = found?.causes.map((one) => `${one.cause}${one.title ? ` "${one.title}"` : ''}`).join(', ')
    return { ok: listed === (is === 'listed'), saw: found ? `listed for ${causes}` : 'not listed' }
  },
  async previewWasTrue(_stage, _wish, { answers = [] }) {
    const [preview, done] = answers.map(({ body }) => withoutIds(body))
    const messages = ((answers[1]?.body.messages ?? []) as unknown[]).length
    return {
      ok: preview !== undefined && done !== undefined && JSON.stringify(preview) === JSON.stringify(done),
      saw: `${messages} messages previewed and sent`,
    }
  },
  async affected(stage, { exactly }, { sessions = [], answer }) {
    const open =
      sessions.length === 0
        ? []
        : await stage.house.db
            .selectFrom('session')
            .select('id')
            .where('id', 'in', sessions)
            .where('cancelled_at', 'is', null)
            .execute()
    return {
      ok: sessions.length === exactly && open.length === 0,
      saw: `${sessions.length} sessions affected, ${open.length} of them still standing (${answer?.status})`,
    }
  },
  async session(stage, { session, is, startsAt, people }) {
    const { body } = await stage.api('GET', `/api/v1/sessions/${stage.session(session).id}`)
    const start = Temporal.Instant.from(String(body.startsAt))
    const expected = (body.participants as unknown[]).length
    const ok =
      body.status === is &&
      (!startsAt || start.equals(await stage.instantNow(startsAt))) &&
      (people === undefined || people === expected)
    return { ok, saw: `${body.status} at ${start} with ${expected} people` }
  },
  async received(_stage, { status, stored, outcome }, { received }) {
    const ok = received?.status === status && received.stored === stored && (!outcome || received.outcome === outcome)
    const kept = received?.stored ? `kept as ${received.outcome}` : 'not kept'
    return { ok, saw: received ? `answered ${received.status}, ${kept}` : 'no webhook in this step' }
  },
  async promises(stage) {
    const broken = await brokenPromises(stage)
    return {
      ok: broken.every(({ ok }) => ok),
      saw:
        broken
          .map(({ name, saw, ok }) => (ok ? null : `${name} ${saw}`))
          .filter(Boolean)
          .join('; ') || 'all of them hold',
    }
  },
}

/** New ids differ between a preview and its deed, and only they: each becomes the number of its first appearance. */
function withoutIds(body: Record<string, unknown>): unknown {
  const { mergeId: _, ...rest } = body
  const numbers = new Map<string, string>()
  const text = JSON.stringify(rest).replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
    if (!numbers.has(id)) numbers.set(id, `#${numbers.size}`)
    return numbers.get(id) as string
  })
  return text ? JSON.parse(text) : missing('a merge answered nothing')
}
