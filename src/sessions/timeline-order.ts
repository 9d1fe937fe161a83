import type { Entry } from './timeline.ts'

/** An entry, and the id of the row that holds it: ids tell the order of what was written within one instant. */
export type Placed = Entry & { row?: string | undefined }

// Of what was written in the same moment the cause stands before what it caused.
const ORDER: Entry['kind'][] = [
  'booked',
  'rescheduled',
  'merged',
  'cancelled',
  'ops_action',
  'meeting_event',
  'reply',
  'verdict',
  'correction',
  'effect',
  'mirror',
  'delivery',
]

/**
 * By time. A clock that stands still gives everything the same instant: then by when the rows were written. A message is
 * decided when its first delivery is written, a change of the session just before the first message that tells of it; what
 * has no such mark stands with its kind: changes of the session first; what was settled or undone, and vendors' objects, last.
 */
export function inOrder(entries: Placed[]): Entry[] {
  const first = new Map<string, number>()
  for (const { kind, effectKey, row } of entries) {
    if (kind !== 'delivery' || !effectKey || !row) continue
    for (const mark of [effectKey, revisionIn(effectKey), /^(cancelled|released)/.test(effectKey) ? 'cancelled' : ''])
      first.set(mark, Math.min(first.get(mark) ?? Number.POSITIVE_INFINITY, writtenAt(row)))
  }
  const written = (entry: Placed): number => {
    if (entry.kind === 'mirror') return Number.POSITIVE_INFINITY
    if (entry.state === 'case_settled' || entry.state === 'undone') return Number.MAX_SAFE_INTEGER
    if (entry.row) return writtenAt(entry.row)
    const { revision } = (entry.evidence ?? {}) as { revision?: number }
    const mark = entry.kind === 'cancelled' ? 'cancelled' : (entry.effectKey ?? `@${revision}`)
    return (first.get(mark) ?? first.get(revisionIn(mark)) ?? 0) - 0.5
  }
  return entries
    .map(({ row, ...entry }) => ({ entry, written: written({ ...entry, row }) }))
    .sort(
      (a, b) =>
        Temporal.Instant.compare(a.entry.at, b.entry.at) ||
        (a.written === b.written ? 0 : a.written - b.written) ||
        ORDER.indexOf(a.entry.kind) - ORDER.indexOf(b.entry.kind) ||
        (a.entry.effectKey ?? '').localeCompare(b.entry.effectKey ?? ''),
    )
    .map(({ entry }) => entry)
}

const revisionIn = (effectKey: string): string => /@\d+$/.exec(effectKey)?.[0] ?? ''
/** The machine's milliseconds in an id (UUID version 7); 0 for any other. */
const writtenAt = (id: string): number => (id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : 0)
