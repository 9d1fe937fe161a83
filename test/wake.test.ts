import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../src/database/pool.ts'
import type { Tx } from '../src/database/transaction.ts'
import { transact } from '../src/database/transaction.ts'
import { type Look, type Subjects, sessions, sweep } from '../src/effects/reconcile.ts'
import { wakeSession } from '../src/effects/wake.ts'
import { newId } from '../src/ids.ts'
import { at, type Booked, effectsWorld } from './support/effects-world.ts'

let world: Awaited<ReturnType<typeof effectsWorld>>
beforeAll(async () => {
  world = await effectsWorld()
})
afterAll(() => world.close())

const GATE = 4711

/** The claim of the sweep, held between its snapshot and its locks for as long as somebody else holds the gate. */
async function gatedClaim(tx: Tx, now: Temporal.Instant): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with gate as materialized (select pg_advisory_xact_lock_shared(${GATE}))
    select session.id from gate, session where wake_at <= ${now} for update of session skip locked`.execute(tx)
  return rows.map((row) => row.id)
}

async function answer(tx: Tx, { sessionId, mentee }: Booked): Promise<void> {
  await tx
    .insertInto('reply')
    .values({
      id: newId(),
      session_id: sessionId,
      participant_id: mentee.participantId,
      revision: 1,
      meaning: 'coming',
      channel: 'page',
      matched_by: 'link',
      said_at: at('08:00'),
      received_at: at('08:00'),
    })
    .execute()
}

/** Runs `work` while a sweep's claim waits between its snapshot and its locks. */
async function whileClaiming(db: Database, subjects: Subjects, work: () => Promise<void>): Promise<void> {
  let swept: Promise<number> | undefined
  await transact(db, async (tx) => {
    await sql`select pg_advisory_xact_lock(${GATE})`.execute(tx)
    swept = sweep({ db }, subjects, at('08:00'))
    await until(
      db,
      sql<{ ok: boolean }>`select exists (select from pg_locks where locktype = 'advisory' and not granted) as ok`,
    )
    await work()
  })
  await swept
}

async function until(db: Database, question: ReturnType<typeof sql<{ ok: boolean }>>): Promise<void> {
  for (;;) {
    const { rows } = await question.execute(db)
    if (rows[0]?.ok) return
  }
}

async function fresh(): Promise<Booked> {
  await sql`update session set wake_at = null`.execute(world.db)
  return world.book()
}

test('a reply that commits while the sweep claims is seen by that very sweep', async () => {
  const booked = await fresh()
  const seen: Look[] = []
  const real = sessions(world.needs)
  const gated: Subjects = {
    ...real,
    claim: gatedClaim,
    async look(tx, ids, now) {
      seen.push(...(await real.look(tx, ids, now)))
      return seen
    },
  }

  await whileClaiming(world.db, gated, () =>
    transact(world.db, async (tx) => {
      await answer(tx, booked)
      await wakeSession(tx, booked.sessionId, at('08:00'))
    }),
  )
  expect(seen.flatMap((look) => ('facts' in look ? look.facts.replies.map((reply) => reply.meaning) : []))).toEqual([
    'coming',
  ])
})

test('planted: claim and facts in one statement lose that reply for good', async () => {
  const booked = await fresh()
  let repliesSeen = -1
  const oneStatement: Subjects = {
    async claim(tx, now) {
      const { rows } = await sql<{ id: string; replies: number }>`
        with gate as materialized (select pg_advisory_xact_lock_shared(${GATE}))
        select session.id, (select count(*)::int from reply where session_id = session.id) as replies
        from gate, session where wake_at <= ${now} for update of session skip locked`.execute(tx)
      repliesSeen = rows[0]?.replies ?? -1
      return rows.map((row) => row.id)
    },
    look: async () => [],
    store: async (tx) =>
      void (await sql`update session set wake_at = ${at('10:00')} where id = ${booked.sessionId}`.execute(tx)),
  }
  await whileClaiming(world.db, oneStatement, () =>
    transact(world.db, async (tx) => {
      await answer(tx, booked)
      await wakeSession(tx, booked.sessionId, at('08:00'))
    }),
  )
  expect(repliesSeen).toBe(0)
  expect(await isDue(booked)).toBe(false)
})

/** A fact that arrives after the sweep has loaded its facts, and before it has moved on. */
async function replyAfterLoading(booked: Booked, wake: (tx: Tx) => Promise<unknown>): Promise<void> {
  const loaded = Promise.withResolvers<void>()
  const replied = Promise.withResolvers<void>()
  const real = sessions(world.needs)
  const paused: Subjects = {
    ...real,
    async look(tx, ids, now) {
      const looks = await real.look(tx, ids, now)
      loaded.resolve()
      await replied.promise
      return looks
    },
  }
  const swept = sweep(world.needs, paused, at('08:00'))
  await loaded.promise
  // Its own row is not in the sweep's way: only the wake touches the session.
  const fact = transact(world.owner, async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx)
    await answer(tx, booked)
    await wake(tx)
  })
  await Promise.race([
    fact,
    until(world.db, sql<{ ok: boolean }>`select exists (select from pg_locks where not granted) as ok`),
  ])
  replied.resolve()
  await swept
  await fact
}

test('a reply that commits while the sweep decides wakes the session again', async () => {
  const booked = await fresh()
  await replyAfterLoading(booked, (tx) => wakeSession(tx, booked.sessionId, at('08:00')))
  expect(await isDue(booked)).toBe(true)
})

test('planted: a wake that is skipped because the session is already due loses that reply', async () => {
  const booked = await fresh()
  await replyAfterLoading(booked, (tx) =>
    sql`update session set wake_at = ${at('08:00')} where id = ${booked.sessionId} and (wake_at is null or wake_at > ${at('08:00')})`.execute(
      tx,
    ),
  )
  expect(await isDue(booked)).toBe(false)
})

test('with twenty writers and two sweepers at once no fact stays unseen', async () => {
  await sql`update session set wake_at = null`.execute(world.db)
  const booked = await Promise.all(Array.from({ length: 4 }, () => world.book()))
  const lastSeen = new Map<string, number>()
  const real = sessions(world.needs)
  const counting: Subjects = {
    ...real,
    async look(tx, ids, now) {
      const looks = await real.look(tx, ids, now)
      for (const look of looks) if ('facts' in look) lastSeen.set(look.id, look.facts.replies.length)
      return looks
    },
  }
  let writing = true
  const sweeper = async () => {
    for (let looked = 1; writing || looked > 0; ) looked = await sweep(world.needs, counting, at('08:00'))
  }
  const sweepers = [sweeper(), sweeper()]
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      transact(world.db, async (tx) => {
        const one = booked[n % 4] as Booked
        await answer(tx, one)
        await wakeSession(tx, one.sessionId, at('08:00'))
      }),
    ),
  )
  writing = false
  await Promise.all(sweepers)
  while ((await sweep(world.needs, counting, at('08:00'))) > 0);
  expect(booked.map((one) => lastSeen.get(one.sessionId))).toEqual([5, 5, 5, 5])
})

test('one session that cannot be decided backs off alone, and after five times a person is asked to look', async () => {
  const poisoned = await fresh()
  const healthy = await world.book()
  // Reports are read once a session has begun.
  await sql`update session set starts_at = ${at('07:50')}, ends_at = ${at('08:20')} where id = ${poisoned.sessionId}`.execute(
    world.db,
  )
  await sql`insert into meeting_report (id, session_id, zoom_uuid, fetched_at, rows)
    values (${newId()}, ${poisoned.sessionId}, 'u1', ${at('08:00')}, '[{"joinTime": "not a time", "leaveTime": "x"}]')`.execute(
    world.db,
  )
  let now = at('08:00')
  for (let n = 0; n < 6; n++) {
    await sweep(world.needs, sessions(world.needs), now)
    now = now.add({ minutes: 10 })
  }
  const rows = await world.db
    .selectFrom('session')
    .select(['id', 'settle_failures', 'settle_error'])
    .where('id', 'in', [poisoned.sessionId, healthy.sessionId])
    .orderBy('created_at')
    .execute()
  expect(rows.find((row) => row.id === healthy.sessionId)).toMatchObject({ settle_failures: 0, settle_error: null })
  expect(rows.find((row) => row.id === poisoned.sessionId)?.settle_failures).toBeGreaterThanOrEqual(5)
  const cases = await world.db
    .selectFrom('ops_case')
    .select(['kind', 'settled_at'])
    .where('session_id', '=', poisoned.sessionId)
    .where('kind', '=', 'poison')
    .execute()
  expect(cases).toEqual([{ kind: 'poison', settled_at: null }])

  await sql`delete from meeting_report where session_id = ${poisoned.sessionId}`.execute(world.owner)
  await sweep(world.needs, sessions(world.needs), now.add({ minutes: 10 }))
  const after = await world.db
    .selectFrom('ops_case')
    .select('settled_by')
    .where('session_id', '=', poisoned.sessionId)
    .where('kind', '=', 'poison')
    .execute()
  expect(after).toEqual([{ settled_by: 'plan' }])
})

test('the same look stored twice decides nothing twice', async () => {
  const booked = await fresh()
  await sweep(world.needs, sessions(world.needs), at('08:00'))
  await transact(world.db, (tx) => wakeSession(tx, booked.sessionId, at('08:00')))
  const before = await ledgerOf(booked)
  await sweep(world.needs, sessions(world.needs), at('08:00'))
  expect(await ledgerOf(booked)).toEqual(before)
  expect(before.length).toBeGreaterThan(0)
})

const ledgerOf = ({ sessionId }: Booked) =>
  world.db
    .selectFrom('notification_trigger_log')
    .selectAll()
    .where('subject_id', '=', sessionId)
    .orderBy('effect_key')
    .execute()

async function isDue({ sessionId }: Booked): Promise<boolean> {
  const { wake_at } = await world.db
    .selectFrom('session')
    .select('wake_at')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow()
  return wake_at !== null && Temporal.Instant.compare(wake_at, at('08:00')) <= 0
}
