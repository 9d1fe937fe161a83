import { audit } from '../audit.ts'
import type { Database } from '../database/pool.ts'
import { type Tx, transact } from '../database/transaction.ts'
import { wakeProgramme } from '../effects/wake.ts'
import { notFound, Refusal } from '../errors.ts'
import type { Actor } from './actor.ts'

export type PlaybookVersion = {
  version: number
  settings: Record<string, unknown>
  savedAt: Temporal.Instant | null
  savedBy: string | null
}

/** The programme's policy as last saved; version 0 with no settings = the defaults. */
export async function readPlaybook(db: Database | Tx, programmeId: string): Promise<PlaybookVersion> {
  const programme = await db.selectFrom('programme').select('id').where('id', '=', programmeId).executeTakeFirst()
  if (!programme) throw notFound('programme')
  const row = await db
    .selectFrom('playbook')
    .select(['version', 'settings', 'saved_at', 'saved_by'])
    .where('programme_id', '=', programmeId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return { version: 0, settings: {}, savedAt: null, savedBy: null }
  return { version: row.version, settings: row.settings, savedAt: row.saved_at, savedBy: row.saved_by }
}

/**
 * Saves a new version after `version`, the one the author looked at (409 `stale_revision` with the current one when
 * somebody was faster). Versions are never changed: what was decided under an old one can be explained by it.
 */
export async function savePlaybook(
  db: Database,
  actor: Actor,
  programmeId: string,
  { version, settings }: { version: number; settings: Record<string, unknown> },
  now: Temporal.Instant,
): Promise<PlaybookVersion> {
  return transact(db, async (tx) => {
    await tx.selectFrom('programme').select('id').where('id', '=', programmeId).forUpdate().execute()
    const current = await readPlaybook(tx, programmeId)
    if (current.version !== version) {
      const sentence = `The playbook is at version ${current.version}, not ${version}.`
      throw new Refusal('stale_revision', sentence, {
        current: { version: current.version, settings: current.settings },
      })
    }
    const saved = { version: version + 1, settings, savedAt: now, savedBy: actor.label }
    await tx
      .insertInto('playbook')
      .values({ programme_id: programmeId, version: saved.version, settings, saved_at: now, saved_by: actor.label })
      .execute()
    await wakeProgramme(tx, programmeId, now)
    const detail = { version: saved.version }
    await audit(tx, {
      at: now,
      actor: actor.label,
      action: 'playbook.saved',
      objectKind: 'programme',
      objectId: programmeId,
      detail,
    })
    return saved
  })
}
