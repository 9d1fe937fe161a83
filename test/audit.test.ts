import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../src/audit.ts'
import { forgetAudit, sealAudit, verifyAudit } from '../src/audit-seal.ts'
import { transact } from '../src/database/transaction.ts'
import { newId } from '../src/ids.ts'
import { APP_REQUESTS } from './authorization/app.ts'
import { REQUESTS as SURFACE_REQUESTS } from './authorization/requests.ts'
import { authorizationWorld, NOW, type World } from './authorization/world.ts'
import { type TestDatabase, testDatabase } from './support/database.ts'

const REQUESTS = { ...SURFACE_REQUESTS, ...APP_REQUESTS }

const write = (db: TestDatabase['db'], at = NOW, action = 'person.changed') =>
  audit(db, {
    at,
    actor: 'person:x',
    action,
    objectKind: 'account',
    objectId: newId(),
    reason: 'why',
    detail: { b: 1, a: [2] },
  })

// What the app's role may do at all is in app-role.test.ts; here somebody holds the owner's connection.
describe('what is on record', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase()
    await write(database.db)
  })
  afterAll(() => database.drop())

  test.each([
    ['update audit_log set actor = $$nobody$$'],
    ['update audit_log set reason = null'],
    ['delete from audit_log'],
    ['truncate audit_log'],
    ['truncate audit_seal'],
  ])('is refused: %s', async (statement) => {
    await expect(sql.raw(statement).execute(database.owner)).rejects.toThrow('append-only')
  })

  test('a decision, an attempt and what we were told keep what they said, and learn only what became of it', async () => {
    const { owner: db } = database
    const [subject, delivery] = [newId(), newId()]
    const times = { due_at: NOW, expires_at: NOW.add({ hours: 1 }) }
    const about = { subject_id: subject, subject_kind: 'session', effect_key: 'k', meaning: 'booked', ...times }
    await db
      .insertInto('notification_trigger_log')
      .values({ ...about, decision: 'send', decided_at: NOW })
      .execute()
    await db
      .insertInto('delivery')
      .values({ id: delivery, ...about, channel: 'email', template: 'T', state: 'pending', created_at: NOW })
      .execute()
    await db
      .insertInto('attempt')
      .values({
        id: newId(),
        delivery_id: delivery,
        number: 1,
        state: 'in_flight',
        address: 'a@b.example',
        started_at: NOW,
      })
      .execute()
    await db
      .insertInto('webhook_event')
      .values({
        id: newId(),
        vendor: 'zoom',
        body_hash: Buffer.from('x'),
        event: 'e',
        outcome: 'unmatched',
        received_at: NOW,
      })
      .execute()

    for (const statement of [
      `update notification_trigger_log set decision = 'skipped'`,
      `update notification_trigger_log set effect_key = 'other'`,
      `update notification_trigger_log set decided_at = decided_at + interval '1 second'`,
      'delete from notification_trigger_log',
      `update attempt set address = 'c@d.example'`,
      'update attempt set number = 2',
      'delete from attempt',
      `update webhook_event set body_hash = 'y'`,
      `update webhook_event set received_at = received_at + interval '1 second'`,
      'delete from webhook_event',
    ])
      await expect(sql.raw(statement).execute(db), statement).rejects.toThrow('append-only')
    for (const statement of [
      `update attempt set state = 'accepted', vendor_id = 'v', ended_at = '2026-03-08'`,
      `update webhook_event set outcome = 'accepted', body = null`,
      `update notification_trigger_log set recipient_id = '${newId()}'`,
    ])
      await sql.raw(statement).execute(db)
  })

  test('only a transaction that says that it forgets may forget', async () => {
    const { owner: db } = database
    await expect(
      transact(db, async (tx) => {
        await sql`set local punctual.forgets = 'on'`.execute(tx)
        await sql`delete from webhook_event`.execute(tx)
      }),
    ).resolves.toBeUndefined()
    await expect(sql`delete from audit_log`.execute(db)).rejects.toThrow('append-only')
  })
})

describe('the chain of seals', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.drop())

  test('an empty record is a whole one', async () => {
    expect(await verifyAudit(database.db)).toMatchObject({ seals: 0, unsealed: 0, breaks: [] })
  })

  test('what is not sealed yet is named, and sealed by the chore', async () => {
    const { db } = database
    for (let row = 0; row < 5; row++) await write(db)
    expect(await verifyAudit(db)).toMatchObject({ seals: 0, unsealed: 5, unsealedFrom: expect.any(String), breaks: [] })
    expect(await sealAudit(db, NOW)).toBe(5)
    expect(await sealAudit(db, NOW)).toBe(0)
    await write(db)
    expect(await verifyAudit(db)).toMatchObject({ seals: 1, rows: 5, unsealed: 1, breaks: [] })
    expect(await sealAudit(db, NOW)).toBe(1)
  })

  test('a row that becomes visible late joins the next seal', async () => {
    const { db } = database
    const written = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const slow = transact(db, async (tx) => {
      await write(tx as never)
      written.resolve()
      await finish.promise
    })
    await written.promise
    await write(db)
    await sealAudit(db, NOW)
    finish.resolve()
    await slow
    expect(await verifyAudit(db)).toMatchObject({ unsealed: 1, breaks: [] })
    await sealAudit(db, NOW)
    expect(await verifyAudit(db)).toMatchObject({ unsealed: 0, breaks: [] })
  })

  test('two who seal at once make one chain', async () => {
    const { db } = database
    for (let row = 0; row < 20; row++) await write(db)
    await Promise.all([sealAudit(db, NOW), sealAudit(db, NOW), sealAudit(db, NOW)])
    expect(await verifyAudit(db)).toMatchObject({ unsealed: 0, breaks: [] })
  })

  test.each([
    [
      'a changed actor',
      `update audit_log set actor = 'nobody' where id = (select min(id::text)::uuid from audit_log where seal = 1)`,
      1,
    ],
    [
      'a changed detail',
      `update audit_log set detail = '{"a": 3}' where id = (select max(id::text)::uuid from audit_log where seal = 2)`,
      2,
    ],
    [
      'a row taken away',
      `delete from audit_log where id = (select min(id::text)::uuid from audit_log where seal = 1)`,
      1,
    ],
    [
      'a row put in',
      `insert into audit_log (id, at, actor, action, object_kind, seal) values ('${newId()}', '2026-03-08', 'x', 'y', 'z', 2)`,
      2,
    ],
    [
      'a row moved to another seal',
      `update audit_log set seal = 2 where id = (select min(id::text)::uuid from audit_log where seal = 1)`,
      1,
    ],
    ['a seal taken away', 'delete from audit_seal where number = 2', 2],
    ['a seal made again over other rows', `update audit_seal set content = sha256('x') where number = 2`, 2],
  ])('%s is found, by whoever has every right on the database', async (_, tampering, seal) => {
    const { db } = database
    const { breaks } = await database.owner
      .transaction()
      .execute(async (tx) => {
        await sql`set local session_replication_role = 'replica'`.execute(tx)
        await sql.raw(tampering).execute(tx)
        throw Object.assign(new Error('undo'), { found: await verifyInside(tx) })
      })
      .catch((error) => error.found)
    expect(breaks.map((found: { seal: number }) => found.seal)).toContain(seal)
    expect((await verifyAudit(db)).breaks).toEqual([])
  })

  // verifyAudit opens a transaction of its own; inside one, it is given one that is open already.
  const verifyInside = (tx: unknown) =>
    verifyAudit({
      transaction: () => ({ setIsolationLevel: () => ({ execute: (work: (tx: unknown) => unknown) => work(tx) }) }),
    } as never)

  test('what is forgotten after its time leaves a chain that holds', async () => {
    const { db } = database
    await write(db, NOW.add({ hours: 24 * 800 }))
    await sealAudit(db, NOW)
    const before = (await verifyAudit(db)).rows
    const forgotten = await forgetAudit(db, NOW.add({ hours: 24 * 730 }), NOW)
    expect(forgotten).toBe(before - 1)
    expect(await verifyAudit(db)).toMatchObject({ rows: 1, unsealed: 0, breaks: [] })
  })
})

describe('every privileged act leaves exactly one row, in its own transaction', () => {
  let world: World
  beforeAll(async () => {
    world = await authorizationWorld()
  })
  afterAll(() => world.drop())

  const count = async (): Promise<number> =>
    Number(
      (
        await world.db
          .selectFrom('audit_log')
          .select((e) => e.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    )

  const ACTS = [
    'POST /api/v1/sessions/bulk',
    'POST /api/v1/bookings/:id/cancel',
    'POST /api/v1/people',
    'POST /api/v1/people #roles',
    'PATCH /api/v1/people/:id',
    'PATCH /api/v1/people/:id #roles',
    'PATCH /api/v1/people/:id #ops',
    'POST /api/v1/people/:id/consent',
    'POST /api/v1/people/:id/invite',
    'POST /api/v1/people/:id/sign-out',
    'POST /api/v1/programmes',
    'PATCH /api/v1/programmes/:id',
    'DELETE /api/v1/programmes/:id/ops/:personId',
    'POST /api/v1/tokens',
    'POST /api/v1/cases/:id/settle',
  ]
  test.each(ACTS)('%s', async (key) => {
    const method = key.split(' ')[0] as string
    const request = (REQUESTS[key] as NonNullable<(typeof REQUESTS)[string]>)(world, await world.target())
    const before = await count()
    const { status, text } = await world.ask('admin', { method, ...request })
    expect(status, text).toBeLessThan(400)
    expect(await count()).toBe(before + 1)
    const row = await world.db
      .selectFrom('audit_log')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(row.actor).toBe(`person:${world.people.admin.id}`)
    const said = (request.body as { reason?: string } | undefined)?.reason ?? request.form?.reason
    expect(row.reason).toBe(said ?? null)
    const everything = JSON.stringify(row)
    for (const { email, phone } of Object.values(world.people))
      expect(everything).not.toMatch(new RegExp(`${email}|\\${phone}`))
    await world.restore()
  })

  test('acts over several objects leave one row for each of them', async () => {
    const ask = (path: string, body: unknown) => world.ask('admin', { method: 'POST', path, body })
    const { sessionId, secondId } = await world.target()
    const before = await count()
    const merged = await ask('/api/v1/sessions/merge', { sessionIds: [sessionId, secondId], reason: 'together' })
    expect([merged.status, merged.text]).toEqual([200, expect.any(String)])
    expect(await count()).toBeGreaterThan(before)
    const { mergeId } = JSON.parse(merged.text)
    const between = await count()
    expect((await ask(`/api/v1/merges/${mergeId}/undo`, { reason: 'apart' })).status).toBe(200)
    expect(await count()).toBe(between + 2)
  })

  test('an act that is refused leaves none', async () => {
    const before = await count()
    for (const key of ACTS) {
      const method = key.split(' ')[0] as string
      await world.ask('mentee of another', {
        method,
        ...(REQUESTS[key] as NonNullable<(typeof REQUESTS)[string]>)(world, await world.target()),
      })
    }
    expect(await count()).toBe(before)
  })
})
