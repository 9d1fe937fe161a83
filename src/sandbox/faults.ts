import { createHash } from 'node:crypto'
import type pg from 'pg'
import { Refusal } from '../errors.ts'
import { rows } from './world.ts'

export const VENDORS = ['google', 'zoom', 'whatsapp', 'slack', 'email'] as const
export const FAULT_KINDS = [
  'latency',
  '429',
  '5xx_before',
  '5xx_after',
  'lost_answer',
  'duplicate_webhook',
  'reordered_webhook',
  'late_webhook',
  'forged_webhook',
  'outage',
  'revoked_token',
  'refuse_connection',
] as const
export type Vendor = (typeof VENDORS)[number]
export type FaultKind = (typeof FAULT_KINDS)[number]

/**
 * `rate` 0..1 of the calls, or the next `count` calls, or all of them `until` an instant; none of the three: all, until
 * cleared. `parameter`: milliseconds of latency, or minutes that a late or reordered webhook waits.
 */
export type Fault = {
  vendor: Vendor
  kind: FaultKind
  rate?: number
  count?: number
  until?: Temporal.Instant
  parameter?: number
}

export type Faults = {
  /** Counts one call; the fault's parameter (or 0) when it strikes, null when it does not. */
  strikes: (vendor: Vendor, kind: FaultKind, now: Temporal.Instant) => Promise<number | null>
  set: (fault: Fault) => Promise<void>
  clear: (vendor?: Vendor, kind?: FaultKind) => Promise<void>
  list: () => Promise<(Fault & { fired: number })[]>
  /** For the listeners: vendors that must not even accept a connection now. */
  refusing: (now: Temporal.Instant) => Set<Vendor>
  /** Told after every change. */
  onChange: (listener: () => void) => void
}

/** Chance is seeded: the same calls in the same order meet the same faults. */
export async function openFaults(pool: pg.Pool, seed: string): Promise<Faults> {
  const listeners: (() => void)[] = []
  let held = new Map<string, Fault & { fired: number }>()
  const reload = async () => {
    held = new Map((await read(pool)).map((fault) => [`${fault.vendor} ${fault.kind}`, fault]))
    for (const listener of listeners) listener()
  }
  await reload()

  return {
    async strikes(vendor, kind, now) {
      const fault = held.get(`${vendor} ${kind}`)
      if (!fault || (fault.until && Temporal.Instant.compare(now, fault.until) >= 0)) return null
      const { asked, count } = await ask(pool, vendor, kind)
      if (fault.rate !== undefined && chance(`${seed} ${vendor} ${kind} ${asked}`) >= fault.rate) return null
      if (fault.count !== undefined && count < 0) return null
      await rows(pool, 'update sandbox.fault set fired = fired + 1 where vendor = $1 and kind = $2', vendor, kind)
      return fault.parameter ?? 0
    },
    async set({ vendor, kind, rate, count, until, parameter }) {
      await rows(
        pool,
        `insert into sandbox.fault (vendor, kind, rate, count, until_at, parameter) values ($1, $2, $3, $4, $5, $6)
         on conflict (vendor, kind) do update
         set rate = excluded.rate, count = excluded.count, until_at = excluded.until_at, parameter = excluded.parameter, asked = 0, fired = 0`,
        vendor,
        kind,
        rate ?? null,
        count ?? null,
        until ?? null,
        parameter ?? null,
      )
      await reload()
    },
    async clear(vendor, kind) {
      await rows(
        pool,
        'delete from sandbox.fault where ($1::text is null or vendor = $1) and ($2::text is null or kind = $2)',
        vendor ?? null,
        kind ?? null,
      )
      await reload()
    },
    list: () => read(pool),
    refusing(now) {
      const open = [...held.values()].filter((f) => !f.until || Temporal.Instant.compare(now, f.until) < 0)
      // A rate or a count cannot be kept by a closed port: those calls are cut off instead, see listen.ts.
      const whole = open.filter((f) => f.kind === 'refuse_connection' && f.rate === undefined && f.count === undefined)
      return new Set(whole.map((f) => f.vendor))
    },
    onChange: (listener) => void listeners.push(listener),
  }
}

/** A fault as it comes from outside. `until` is an instant, or a duration from now. */
export function parseFault(body: unknown, now: Temporal.Instant): Fault {
  const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const errors: { field: string; rule: string }[] = []
  const check = (good: boolean, field: string, rule: string) => void (good || errors.push({ field, rule }))
  const number = (key: string) =>
    b[key] === undefined || (typeof b[key] === 'number' && Number.isFinite(b[key]) && (b[key] as number) >= 0)
  check(VENDORS.includes(b.vendor as Vendor), 'vendor', `one of ${VENDORS.join(', ')}`)
  check(FAULT_KINDS.includes(b.kind as FaultKind), 'kind', `one of ${FAULT_KINDS.join(', ')}`)
  check(number('rate') && ((b.rate as number | undefined) ?? 0) <= 1, 'rate', 'a number from 0 to 1')
  check(
    number('count') && Number.isInteger(b.count ?? 0) && ((b.count as number | undefined) ?? 0) <= 1_000_000,
    'count',
    'a whole number up to 1000000',
  )
  const parameter = b.parameter ?? b.ms ?? b.minutes
  check(
    parameter === undefined || (typeof parameter === 'number' && parameter >= 0 && parameter <= 1_000_000),
    'parameter',
    'a number up to 1000000: milliseconds or minutes',
  )
  const until = b.until === undefined ? undefined : readUntil(b.until, now)
  check(until !== null, 'until', 'an instant (RFC 3339) or a duration (PT10M)')
  if (errors.length > 0) throw new Refusal('invalid', errors.map((e) => `${e.field}: ${e.rule}`).join('; '), { errors })
  return {
    vendor: b.vendor as Vendor,
    kind: b.kind as FaultKind,
    ...(b.rate === undefined ? {} : { rate: b.rate as number }),
    ...(b.count === undefined ? {} : { count: b.count as number }),
    ...(until ? { until } : {}),
    ...(parameter === undefined ? {} : { parameter: parameter as number }),
  }
}

function readUntil(value: unknown, now: Temporal.Instant): Temporal.Instant | null {
  try {
    const text = String(value)
    return text.startsWith('P') ? now.add(Temporal.Duration.from(text)) : Temporal.Instant.from(text)
  } catch {
    return null
  }
}

async function read(pool: pg.Pool): Promise<(Fault & { fired: number })[]> {
  const found = await rows(pool, 'select * from sandbox.fault order by vendor, kind')
  return found.map((r) => ({
    vendor: r.vendor,
    kind: r.kind,
    fired: r.fired,
    ...(r.rate === null ? {} : { rate: r.rate }),
    ...(r.count === null ? {} : { count: r.count }),
    ...(r.until_at === null ? {} : { until: r.until_at }),
    ...(r.parameter === null ? {} : { parameter: r.parameter }),
  }))
}

// `count` goes below zero once it is used up, so that two calls at the same moment cannot both take the last one.
async function ask(pool: pg.Pool, vendor: Vendor, kind: FaultKind): Promise<{ asked: number; count: number }> {
  const [taken] = await rows(
    pool,
    `update sandbox.fault set asked = asked + 1, count = case when count is null then null else greatest(count - 1, -1) end where vendor = $1 and kind = $2 returning asked, count`,
    vendor,
    kind,
  )
  return { asked: taken?.asked ?? 0, count: taken?.count ?? 0 }
}

const chance = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
