import pg from 'pg'

/** Where rows go: what has a time and then is forgotten, or is replaced whole. Everywhere else a row stays for good. */
const DELETES = [
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
]

/** Written once. Only these columns change: what became of it, and what is forgotten of a person. */
const KEPT: Record<string, readonly string[]> = {
  attempt: ['state', 'vendor_id', 'code', 'detail', 'ended_at', 'address'],
  attendance_verdict: ['evidence', 'reason'],
  audit_log: ['seal'],
  audit_seal: [],
  consent: ['account_id', 'source', 'withdrawn_at', 'withdrawn_by'],
  meeting_event: ['session_id', 'participant', 'object'],
  notification_trigger_log: ['recipient_id', 'detail'],
  playbook: [],
  reply: ['text'],
  session_merge_log: ['undone_at', 'undone_by'],
  session_revision: [],
  webhook_event: ['outcome', 'body'],
}

/** Its one row is made by migrations: which kind of installation this is may not be said by the app. */
const INSTALLATION = ['sandbox_now', 'secrets']

// Less than a lease of 30 s together, as in pool.ts: here they hold for whoever else uses the role's password, too.
const TIMEOUTS = {
  statement_timeout: '5s',
  lock_timeout: '2s',
  idle_in_transaction_session_timeout: '10s',
}

export type AppRole = {
  name: string
  /** Set: the role is ours to make, and has this password from now on. Absent: the operator's, who made it. */
  password?: string
}

/** The role of this address, unless it is the owner's own: then one role does both. */
export function roleIn(databaseUrl: string, ownerUrl: string): string | null {
  const [app, owner] = [new URL(databaseUrl).username, new URL(ownerUrl).username]
  return app === owner ? null : decodeURIComponent(app)
}

/**
 * Lets a role that owns nothing read and write what the app reads and writes, and nothing more. `client` is the owner, and
 * holds the lock of migrations: roles belong to the whole server.
 */
export async function letIn(client: pg.ClientBase, role: AppRole): Promise<void> {
  const name = pg.escapeIdentifier(role.name)
  if (role.password !== undefined) await makeRole(client, role.name, role.password)
  const { rows } = await client.query<{ name: string; database: string }>(
    `select tablename as name, current_database() as database from pg_tables where schemaname = 'public' order by 1`,
  )
  const database = pg.escapeIdentifier(rows[0]?.database ?? 'postgres')
  await client.query(
    [
      `revoke temporary on database ${database} from public`,
      'revoke create on schema public from public',
      `grant connect on database ${database} to ${name}`,
      `grant usage on schema public to ${name}`,
      `revoke all on all tables in schema public from ${name}`,
      `grant select on all tables in schema public to ${name}`,
      ...rows.flatMap((table) => grants(table.name, name)),
      `grant execute on function forget_audit(timestamptz, timestamptz) to ${name}`,
    ].join('; '),
  )
}

function grants(table: string, role: string): string[] {
  const columns = table === 'installation' ? INSTALLATION : KEPT[table]
  const writes = [
    ...(table === 'installation' ? [] : ['insert']),
    ...(columns === undefined ? ['update'] : columns.length > 0 ? [`update (${columns.join(', ')})`] : []),
    ...(DELETES.includes(table) ? ['delete'] : []),
  ]
  return table === 'schema_migration' ? [] : [`grant ${writes.join(', ')} on ${pg.escapeIdentifier(table)} to ${role}`]
}

async function makeRole(client: pg.ClientBase, name: string, password: string): Promise<void> {
  const [role, secret] = [pg.escapeIdentifier(name), pg.escapeLiteral(password)]
  const { rows } = await client.query('select from pg_roles where rolname = $1', [name])
  if (rows.length === 0) await client.query(`create role ${role}`)
  const may = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit'
  const limits = Object.entries(TIMEOUTS).map(([setting, value]) => `alter role ${role} set ${setting} = '${value}'`)
  await client.query([`alter role ${role} with ${may} password ${secret}`, ...limits].join('; '))
}
