import { sql } from 'kysely'
import { type CaseToOpen, keepCases } from '../cases.ts'
import { prepared } from '../database/prepared.ts'
import type { Tx } from '../database/transaction.ts'
import { newId } from '../ids.ts'
import { isBefore } from '../interval.ts'
import type { SessionFacts, Settlement } from '../playbook/facts.ts'
import { addChannels, record, withdraw } from './ledger.ts'
import type { Look } from './reconcile.ts'
import { wakeAccount } from './wake.ts'

type Settled = { id: string; facts: SessionFacts; settlement: Settlement }

const TRIES_BEFORE_CASE = 5

/** Writes what one sweep decided, a statement per table whatever the number of sessions, and moves `wake_at` forward. */
export async function store(tx: Tx, looks: Look[], now: Temporal.Instant): Promise<void> {
  const settled = looks.filter((look): look is Settled => 'settlement' in look)
  const failed = looks.filter((look): look is { id: string; error: string } => 'error' in look)

  await record(
    tx,
    settled.map(({ id, settlement }) => ({ subjectId: id, subjectKind: 'session', decisions: settlement.decisions })),
    now,
  )
  await addChannels(
    tx,
    settled.flatMap(({ id, settlement }) => settlement.fallbacks.map((wish) => ({ subjectId: id, ...wish }))),
    now,
  )
  await withdraw(
    tx,
    settled.flatMap(({ id, settlement }) => settlement.withdrawn.map((one) => ({ subjectId: id, ...one }))),
  )
  await storeVerdicts(tx, settled, now)
  await wantMirrors(tx, settled, now)
  await keepCases(tx, settled.flatMap(casesOf), now)
  await moveOn(tx, settled, now)
  await backOff(tx, failed, now)
}

/** A verdict is a new version, never a changed row. One that says what is already on record is not written again. */
async function storeVerdicts(tx: Tx, settled: Settled[], now: Temporal.Instant): Promise<void> {
  const rows = settled.flatMap(({ id, facts, settlement }) =>
    settlement.verdicts.flatMap((wish) => {
      const last = facts.verdicts.findLast((verdict) => verdict.participantId === wish.participantId)
      if (last && last.verdict === wish.verdict && last.stage === wish.stage) return []
      return [
        {
          id: newId(),
          session_id: id,
          participant_id: wish.participantId,
          version: (last?.version ?? 0) + 1,
          verdict: wish.verdict,
          stage: wish.stage,
          evidence: wish.evidence,
          reason: wish.reason,
        },
      ]
    }),
  )
  if (rows.length === 0) return
  await sql`
    insert into attendance_verdict (id, session_id, participant_id, version, verdict, stage, evidence, decided_at, reason)
    select id, session_id, participant_id, version, verdict, stage, evidence, ${now}::timestamptz, reason
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, session_id uuid, participant_id uuid, version int, verdict text,
      stage text, evidence jsonb, reason text)
    on conflict (participant_id, version) do nothing`.execute(tx)

  // A firm verdict is part of the person's record. Whoever changes a person locks them before their sessions, so the two may
  // meet: then one of the transactions is run again, by the policy of `transact`.
  const judged = settled.flatMap(({ facts, settlement }) =>
    settlement.verdicts
      .filter(({ stage }) => stage !== 'provisional')
      .flatMap((wish) => facts.participants.find(({ id }) => id === wish.participantId)?.accountId ?? []),
  )
  await wakeAccount(tx, [...new Set(judged)], now)
}

/** The latest wish wins. What was never wanted need not be made gone. */
async function wantMirrors(tx: Tx, settled: Settled[], now: Temporal.Instant): Promise<void> {
  const rows = settled.flatMap(({ id, settlement }) =>
    settlement.mirrors.map((wish) => ({
      id: newId(),
      kind: wish.kind,
      key: wish.key,
      session_id: id,
      owner_id: wish.ownerId,
      wanted: wish.wanted,
      keep_until: wish.keepUntil,
      next_attempt_at: wish.wanted === null && wish.keepUntil && isBefore(now, wish.keepUntil) ? wish.keepUntil : now,
    })),
  )
  if (rows.length === 0) return
  await sql`
    insert into mirror (id, kind, key, session_id, owner_id, wanted, wanted_at, keep_until, next_attempt_at)
    select id, kind, key, session_id, owner_id, nullif(wanted, 'null'::jsonb), ${now}::timestamptz, keep_until, next_attempt_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, kind text, key text, session_id uuid, owner_id uuid, wanted jsonb,
      keep_until timestamptz, next_attempt_at timestamptz)
    where nullif(wanted, 'null'::jsonb) is not null or exists (select from mirror m where m.kind = r.kind and m.key = r.key)
    on conflict (kind, key) do update set wanted = excluded.wanted, wanted_at = excluded.wanted_at, keep_until = excluded.keep_until,
      owner_id = excluded.owner_id, session_id = excluded.session_id, next_attempt_at = excluded.next_attempt_at, failures = 0
    where (mirror.wanted, mirror.keep_until) is distinct from (excluded.wanted, excluded.keep_until)`.execute(tx)
}

function casesOf({ facts, settlement }: Settled): CaseToOpen[] {
  return settlement.cases.map((wish) => ({
    kind: wish.kind,
    key: wish.key,
    title: wish.title,
    detail: { ...wish.detail, participantId: wish.participantId },
    programmeId: facts.session.programmeId,
    sessionId: facts.session.id,
    accountId: facts.participants.find((person) => person.id === wish.participantId)?.accountId ?? null,
    expiresAt: wish.expiresAt,
    settled: wish.settled,
  }))
}

async function moveOn(tx: Tx, settled: Settled[], now: Temporal.Instant): Promise<void> {
  if (settled.length === 0) return
  // A plan that asks to be woken at once would keep one processor busy for ever; a minute later is soon enough to be wrong.
  const soonest = now.add({ minutes: 1 })
  const rows = settled.map(({ id, settlement: { wakeAt } }) => ({
    id,
    wake_at: wakeAt && !isBefore(now, wakeAt) ? soonest : wakeAt,
  }))
  const { rows: recovered } = await sql<{ id: string }>`
    ${prepared} update session set wake_at = r.wake_at, settle_failures = 0, settle_error = null
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, wake_at timestamptz)
    where session.id = r.id
    returning session.id, old.settle_failures >= ${TRIES_BEFORE_CASE} as was_poison`
    .execute(tx)
    .then(({ rows }) => ({
      rows: (rows as { id: string; was_poison: boolean }[]).filter((row) => row.was_poison),
    }))
  await keepCases(
    tx,
    recovered.map(({ id }) => ({ ...poison(id), settled: 'It can be decided again.' })),
    now,
  )
}

/** 10 s, 20 s, 40 s ... 10 min. The others of the sweep never notice. */
async function backOff(tx: Tx, failed: { id: string; error: string }[], now: Temporal.Instant): Promise<void> {
  if (failed.length === 0) return
  const { rows } = await sql<{ id: string; settle_failures: number; settle_error: string }>`
    update session set settle_failures = settle_failures + 1, settle_error = r.error,
      wake_at = ${now}::timestamptz + least(interval '10 minutes', interval '10 seconds' * power(2, least(settle_failures, 10)))
    from jsonb_to_recordset(${JSON.stringify(failed)}::jsonb) as r(id uuid, error text)
    where session.id = r.id
    returning session.id, settle_failures, settle_error`.execute(tx)
  const poisoned = rows.filter((row) => row.settle_failures >= TRIES_BEFORE_CASE)
  await keepCases(
    tx,
    poisoned.map((row) => ({ ...poison(row.id), detail: { error: row.settle_error } })),
    now,
  )
}

const poison = (sessionId: string): CaseToOpen => ({
  kind: 'poison',
  key: `poison:session:${sessionId}`,
  title: 'A session cannot be decided',
  sessionId,
})
