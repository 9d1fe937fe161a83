import { sql } from 'kysely'
import { rows } from '../world.ts'
import type { Stage } from './stage.ts'

export type Promised = { name: string; ok: boolean; saw: string }

/** The promises that hold at every moment, whatever the scenario does: asked of the database and of the vendors. */
export async function brokenPromises(stage: Stage): Promise<Promised[]> {
  const found: Promised[] = []
  for (const [name, countOf] of Object.entries(PROMISES)) {
    const examples = await countOf(stage)
    found.push({
      name,
      ok: examples.length === 0,
      saw: examples.length === 0 ? 'none broken' : `broken ${examples.length} times, e.g. ${examples[0]}`,
    })
  }
  return found
}

const PROMISES: Record<string, (stage: Stage) => Promise<string[]>> = {
  'No person and no Zoom host is in two places at once': async ({ house }) => {
    const { rows } = await sql<{ example: string }>`
      select a.holder_id || ' ' || a.during::text || ' and ' || b.during::text as example
      from commitment a join commitment b on a.holder_id = b.holder_id and a.id < b.id and a.during && b.during
      where a.released_at is null and b.released_at is null`.execute(house.db)
    return rows.map(({ example }) => example)
  },

  'No message went out twice on one channel': async (stage) => {
    const sent = (await stage.inbox()).filter(({ channel, effectKey }) => channel !== 'slack' && effectKey)
    const copies = Map.groupBy(
      sent,
      ({ sessionId, effectKey, channel }) => `${effectKey} by ${channel} of ${sessionId}`,
    )
    return [...copies].flatMap(([copy, items]) => (items.length > 1 ? [copy] : []))
  },

  'No message went out after it had expired': async ({ sandbox }) => {
    const late = await rows(
      sandbox.vendors.world.pool,
      `select d.effect_key || ' at ' || m.at as example from sandbox.message m
       left join attempt a on a.id::text = m.delivery_id
       join delivery d on d.id::text = coalesce(a.delivery_id::text, m.delivery_id)
       where m.at >= d.expires_at`,
    )
    return late.map(({ example }) => example)
  },

  'Nobody was told that they are a no-show, absent or that they failed': async (stage) =>
    (await stage.inbox())
      .filter(
        ({ channel, text, subject }) =>
          channel !== 'slack' && /no[- ]?show|\babsent\b|\bfailed\b/i.test(`${subject ?? ''} ${text}`),
      )
      .map(({ text }) => text.slice(0, 120)),

  'Every standing session has exactly one Zoom meeting, every cancelled one has none': async ({ sandbox }) => {
    const wrong = await rows(
      sandbox.vendors.world.pool,
      `select s.id || ': ' || count(z.id) as example from session s
       left join mirror m on m.session_id = s.id and m.kind = 'meeting'
       left join sandbox.zoom_meeting z on z.id::text = m.remote_id and z.deleted_at is null
       where s.room = 'zoom' and s.published_at is not null and s.merged_into is null
       group by s.id, s.cancelled_at having count(z.id) <> case when s.cancelled_at is null then 1 else 0 end`,
    )
    const stray = await rows(
      sandbox.vendors.world.pool,
      `select 'a meeting that belongs to no session: ' || z.topic as example from sandbox.zoom_meeting z
       where z.deleted_at is null and not exists (select from mirror m where m.kind = 'meeting' and m.remote_id = z.id::text)`,
    )
    return [...wrong, ...stray].map(({ example }) => example)
  },

  'Every message that speaks of a session shows its time on the reader’s own clock': async (stage) => {
    const { rows: times } = await sql<{ session_id: string; revision: number; starts_at: Temporal.Instant }>`
      select session_id, revision, starts_at from session_revision`.execute(stage.house.db)
    const startOf = new Map(times.map((t) => [`${t.session_id}@${t.revision}`, t.starts_at]))
    const zoneOf = new Map([...stage.people.values()].map(({ id, timeZone }) => [id, timeZone]))
    return (await stage.inbox()).flatMap(({ channel, sessionId, effectKey, personId, subject, text }) => {
      const start = startOf.get(`${sessionId}@${/@(\d+)$/.exec(effectKey ?? '')?.[1]}`)
      const zone = zoneOf.get(personId ?? '')
      if (channel === 'slack' || !start || !zone) return []
      const clock = start.toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'minute' })
      return `${subject ?? ''} ${text}`.includes(clock)
        ? []
        : [`${effectKey} to somebody in ${zone} lacks ${clock}: ${text.slice(0, 160)}`]
    })
  },

  // Who may see a person is asked of the pairs alone (migration 0015): a booking without one would hide somebody from their own ops.
  'Everybody with a booking is paired in its programme': async ({ house }) => {
    const { rows } = await sql<{ example: string }>`
      select p.id || ' in ' || s.id as example from session_participant p join session s on s.id = p.session_id
      where p.booking_id is not null and not exists (
        select from mentorship k where k.programme_id = s.programme_id and p.account_id in (k.mentor_id, k.mentee_id))`.execute(
      house.db,
    )
    return rows.map(({ example }) => example)
  },

  'Nothing is stuck: no poisoned session, no quarantined message, no unknown delivery': async ({ house }) => {
    const { rows } = await sql<{ example: string }>`
      select 'session ' || id || ': ' || settle_error as example from session where settle_failures > 0
      union all select 'delivery ' || effect_key || ' by ' || channel || ' is ' || state from delivery where state in ('unknown', 'quarantined')`.execute(
      house.db,
    )
    return rows.map(({ example }) => example)
  },
}
