import { sql } from 'kysely'
import { machineNow } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/pool.ts'
import { hostsAgainstPeak } from '../meetings/hosts.ts'
import type { Trouble } from '../vendors/answer.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { weakSecrets } from './weak-secrets.ts'

/** `off` is well in live mode: a vendor without credentials is switched off, and the line says so. `warn` works, and could be safer. */
export type Finding = { name: string; state: 'ok' | 'off' | 'warn' | 'bad'; says: string }

export type Patient = { db: Database; now: Temporal.Instant; config: Config; vendors: Vendors }

/** Everything that must be well, one finding each, in the order in which to mend them. Never throws. */
export async function examine(patient: Patient): Promise<Finding[]> {
  const checks: [string, (patient: Patient) => Promise<Omit<Finding, 'name'>>][] = [
    ['database', database],
    ['database role', databaseRole],
    ['clock', clock],
    ['secret', secret],
    ['google', google],
    ['zoom', zoom],
    ['whatsapp', whatsapp],
    ['email', email],
    ['slack', slack],
    ['hosts', hosts],
    ['overdue work', overdue],
    ['open cases', cases],
  ]
  const findings: Finding[] = []
  for (const [name, check] of checks) {
    findings.push(
      await check(patient).then(
        (finding) => ({ name, ...finding }),
        (error: Error) => ({ name, state: 'bad' as const, says: error.message }),
      ),
    )
  }
  return findings
}

const ok = (says: string) => ({ state: 'ok' as const, says })
const off = (says: string) => ({ state: 'off' as const, says })
const warn = (says: string) => ({ state: 'warn' as const, says })
const bad = (says: string) => ({ state: 'bad' as const, says })
const trouble = ({ kind, code, detail }: Trouble) =>
  bad(`${kind === 'revoked' ? 'refuses our credentials' : 'does not answer well'} (${code}: ${detail.slice(0, 120)})`)

async function database({ db }: Patient) {
  const { rows } = await sql<{ version: string; size: string; mode: string }>`
    select current_setting('server_version') as version, pg_size_pretty(pg_database_size(current_database())) as size, mode from installation`.execute(
    db,
  )
  const { version, size, mode } = rows[0]!
  return Number.parseInt(version, 10) < 18
    ? bad(`PostgreSQL ${version}; 18 or newer is needed`)
    : ok(`PostgreSQL ${version}, ${size}, ${mode}`)
}

/** A slip or an injection can do what the role may: one that owns tables can drop them, and rewrite what is on record. */
async function databaseRole({ db }: Patient) {
  const { rows } = await sql<{ role: string; owns: number; superuser: boolean }>`
    select current_user as role, rolsuper as superuser, (select count(*)::int from pg_tables where schemaname = 'public' and tableowner = current_user) as owns
    from pg_roles where rolname = current_user`.execute(db)
  const { role, owns, superuser } = rows[0]!
  if (owns > 0 || superuser)
    return warn(
      `the app is ${role}, who ${superuser ? 'may do everything' : 'owns the tables'}: set DATABASE_OWNER_URL and give the app another`,
    )
  return ok(`the app is ${role}, who owns nothing`)
}

async function clock({ db }: Patient) {
  const asked = machineNow().epochMilliseconds
  const { rows } = await sql<{ now: Temporal.Instant }>`select clock_timestamp() as now`.execute(db)
  const middle = (asked + machineNow().epochMilliseconds) / 2
  const apart = Math.abs(rows[0]!.now.epochMilliseconds - middle)
  // Slack and Zoom sign with times: a machine minutes away would refuse every one of their calls.
  return apart > 5_000
    ? bad(`machine and database are ${(apart / 1000).toFixed(1)} s apart; set both by NTP`)
    : ok(`machine and database agree within ${Math.ceil(apart)} ms`)
}

async function secret({ config }: Patient) {
  const weak = weakSecrets(config)
  if (weak.length > 0) return bad(weak.map(({ name, why }) => `${name} ${why}`).join('; '))
  if (config.PUNCTUAL_MODE === 'sandbox' && !config.PUNCTUAL_SECRET)
    return ok('generated and kept in the database (sandbox)')
  return ok('set, and none looks guessable')
}

async function google({ vendors }: Patient) {
  if (!vendors.people) return off('off: GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set')
  // A refresh with a token that cannot exist: "invalid_grant" says that Google knows us and is well.
  const answer = await vendors.people.refresh('punctual-doctor-asks')
  return answer.ok || answer.code === 'invalid_grant' ? ok('knows this client') : trouble(answer)
}

async function zoom({ vendors }: Patient) {
  if (!vendors.zoom) return off('off: ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set')
  const answer = await vendors.zoom.users()
  if (!answer.ok) return trouble(answer)
  return ok(`${answer.users.length} users in the account`)
}

async function whatsapp({ vendors }: Patient) {
  if (!vendors.whatsapp) return off('off: WHATSAPP_PHONE_NUMBER_ID and WHATSAPP_ACCESS_TOKEN are not set')
  const answer = await vendors.whatsapp.listTemplates()
  if (!answer.ok) return trouble(answer)
  const waiting = answer.templates.filter(({ status }) => status !== 'APPROVED').map(({ name }) => name)
  return waiting.length > 0
    ? bad(`templates not approved: ${waiting.slice(0, 5).join(', ')}`)
    : ok(`${answer.templates.length} templates approved`)
}

async function email({ vendors }: Patient) {
  if (!vendors.email) return off('off: SMTP_URL is not set')
  const answer = await vendors.email.verify()
  return answer.ok ? ok('the mail server takes our credentials') : trouble(answer)
}

async function slack({ vendors }: Patient) {
  if (!vendors.slack) return off('off: SLACK_BOT_TOKEN and SLACK_OPS_CHANNEL are not set')
  const answer = await vendors.slack.authTest()
  return answer.ok ? ok(`signed in at ${answer.team}`) : trouble(answer)
}

/** Each parallel session needs a host of its own: the most that overlap in the next 30 days against what there is. */
async function hosts({ db, now }: Patient) {
  const { hosts: pool, peak, peakAt } = await hostsAgainstPeak(db, now, now.add({ hours: 30 * 24 }))
  const says = `${pool} in the pool, ${peak} ${peak === 1 ? 'session' : 'sessions'} at once at most${peakAt ? ` (${peakAt})` : ''} in the next 30 days`
  return peak > pool ? bad(says) : ok(says)
}

/** The worker is late when something has been due for two minutes: the promise is one. */
async function overdue({ db, now }: Patient) {
  const limit = now.subtract({ minutes: 2 })
  const { rows } = await sql<{ sessions: number; deliveries: number; mirrors: number }>`
    select (select count(*)::int from session where wake_at < ${limit}) as sessions,
           (select count(*)::int from delivery where state in ('pending', 'claimed') and next_attempt_at < ${limit}) as deliveries,
           (select count(*)::int from mirror where next_attempt_at < ${limit}) as mirrors`.execute(db)
  const { sessions, deliveries, mirrors } = rows[0]!
  const says = `${sessions} sessions, ${deliveries} deliveries, ${mirrors} vendor objects overdue`
  return sessions + deliveries + mirrors > 0 ? bad(says) : ok(says)
}

async function cases({ db }: Patient) {
  const { rows } = await sql<{
    kind: string
    count: number
  }>`select kind, count(*)::int as count from ops_case where settled_at is null group by kind order by kind`.execute(db)
  const serious = rows.filter(({ kind }) => ['poison', 'invariant', 'calendar', 'unknown_delivery'].includes(kind))
  const says = rows.length === 0 ? 'none' : rows.map(({ kind, count }) => `${count} ${kind}`).join(', ')
  return serious.length > 0 ? bad(says) : ok(says)
}
