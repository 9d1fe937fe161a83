import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../src/audit.ts'
import { forgetAudit, sealAudit } from '../src/audit-seal.ts'
import { readConfig } from '../src/config.ts'
import { migrate } from '../src/database/migrate.ts'
import { connect } from '../src/database/pool.ts'
import { newId } from '../src/ids.ts'
import { examine } from '../src/operations/examine.ts'
import { NOW } from './authorization/world.ts'
import { asApp, emptyDatabase, type TestDatabase, testDatabase } from './support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  // What belongs to a database as a whole is not copied with its template.
  const app = { name: new URL(database.url).username }
  await migrate(database.ownerUrl, { mode: 'sandbox', now: NOW, app })
  await audit(database.db, { at: NOW, actor: 'x', action: 'y', objectKind: 'z', objectId: newId() })
})
afterAll(() => database.drop())

const denied = (statement: string) =>
  expect(sql.raw(statement).execute(database.db), statement).rejects.toThrow(/permission denied|must be owner/)

describe('whoever holds the app’s connection', () => {
  test.each([
    'drop table audit_log',
    'alter table audit_log disable trigger all',
    'alter table account add column more text',
    'truncate audit_log',
    'truncate account cascade',
    'create table mine (id int)',
    'create temporary table mine (id int)',
    'create or replace function refuse_change() returns trigger language plpgsql as $$ begin return old; end $$',
    'create schema mine',
    'drop function forget_audit',
    `set session_replication_role = 'replica'`,
    `create role another superuser`,
    `copy account to program 'cat'`,
    `copy account from '/etc/passwd'`,
    `select pg_read_file('/etc/passwd')`,
    'insert into schema_migration (name, checksum, applied_at) values ($$9999_x.sql$$, $$x$$, now())',
    `update installation set mode = 'live'`,
  ])('cannot %s', denied)

  test('cannot rewrite or take away what is on record, not even by saying that it forgets', async () => {
    for (const statement of [
      `update audit_log set actor = 'nobody'`,
      'update audit_log set reason = null',
      'delete from audit_log',
      'delete from audit_seal',
      'update audit_seal set hash = null',
      'delete from meeting_event',
      'delete from reply',
      'delete from webhook_event',
      `update reply set meaning = 'coming'`,
      `update attendance_verdict set verdict = 'absent'`,
      `update notification_trigger_log set decision = 'send'`,
      'update playbook set settings = $${}$$',
      'delete from session_revision',
      'delete from session',
      'delete from user_calendar_booking',
      'delete from account',
    ])
      await expect(
        database.db.transaction().execute(async (tx) => {
          await sql`set local punctual.forgets = 'on'`.execute(tx)
          await sql.raw(statement).execute(tx)
        }),
        statement,
      ).rejects.toThrow('permission denied')
    expect((await sql`select from audit_log`.execute(database.db)).rows).toHaveLength(1)
  })

  test('owns nothing, is no member of anybody, and may delete only where rows have a time and then go', async () => {
    const { rows: owned } =
      await sql`select relname from pg_class where relpersistence <> 't' and relowner = (select oid from pg_roles where rolname = current_user)`.execute(
        database.db,
      )
    expect(owned).toEqual([])
    const { rows: groups } =
      await sql`select from pg_auth_members where member = (select oid from pg_roles where rolname = current_user)`.execute(
        database.db,
      )
    expect(groups).toEqual([])
    const { rows } = await sql<{
      name: string
    }>`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
      and has_table_privilege(oid, 'delete') order by 1`.execute(database.db)
    expect(rows.map(({ name }) => name)).toEqual([
      'account_alias',
      'calendar_busy',
      'chore',
      'closed_day',
      'dead_address',
      'idempotency_key',
      'join_click',
      'programme_ops',
      'rate_count',
      'refused_attempt',
      'sign_in_attempt',
      'signed_in',
      'user_calendar_config',
    ])
  })

  test('is held to limits of time, whoever connects with the role', async () => {
    const { rows } = await sql<{ config: string[] }>`
      select setconfig as config from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where rolname = current_user`.execute(
      database.db,
    )
    expect(rows[0]?.config.toSorted()).toEqual([
      'idle_in_transaction_session_timeout=10s',
      'lock_timeout=2s',
      'statement_timeout=5s',
    ])
  })

  test('in a live installation cannot forget the audit log before its two years, by no way', async () => {
    await sealAudit(database.db, NOW)
    await sql`update installation set mode = 'live'`.execute(database.owner)
    const soon = Temporal.Instant.from('2199-01-01T00:00:00Z')
    await expect(forgetAudit(database.db, soon, NOW)).rejects.toThrow('kept for two years')
    await sql`update installation set mode = 'sandbox'`.execute(database.owner)
    expect(await forgetAudit(database.db, soon, NOW)).toBe(1)
  })
})

test('one role for both works, and doctor warns of it', async () => {
  const empty = await emptyDatabase()
  await migrate(empty.ownerUrl, { mode: 'sandbox', now: NOW })
  const about = { now: NOW, config: readConfig({ PUNCTUAL_MODE: 'sandbox' }), vendors: {} }
  const roleOf = async (db: TestDatabase['db']) =>
    (await examine({ ...about, db })).find(({ name }) => name === 'database role')
  expect(await roleOf(empty.db)).toMatchObject({ state: 'warn', says: expect.stringContaining('DATABASE_OWNER_URL') })

  // The operator made the role; from the next start on it is let in.
  const app = { name: new URL(asApp(empty.ownerUrl)).username }
  await migrate(empty.ownerUrl, { mode: 'sandbox', now: NOW, app })
  const db = connect(asApp(empty.ownerUrl))
  expect(await roleOf(db)).toMatchObject({ state: 'ok' })
  await db.destroy()
  await empty.drop()
})
