import { useEffect, useState } from 'react'
import type { CalendarConfig } from '../../src/booking/availability.ts'
import { changesBetween, type Draft, draftOf } from './draft.ts'

type Stored = { config: CalendarConfig; tag: string }

/**
 * What is typed, against what is stored. What somebody else stored meanwhile is taken over as long as nothing is typed; after
 * that it waits (`theirs`) until a person decides. What is typed outlives a look at another page.
 */
export function useDraft(id: string, stored: Stored) {
  const [base, setBase] = useState(stored)
  const [draft, setDraft] = useState<Draft>(() => kept(id) ?? draftOf(stored.config))
  const changes = changesBetween(draftOf(base.config), draft)
  const isDirty = changes.length > 0
  const take = (next: Stored) => {
    setBase(next)
    setDraft(draftOf(next.config))
  }
  if (stored.tag !== base.tag && !isDirty) take(stored)

  useEffect(() => {
    const place = `hours ${id}`
    if (isDirty) sessionStorage.setItem(place, JSON.stringify(draft))
    else sessionStorage.removeItem(place)
  }, [id, isDirty, draft])

  return {
    base,
    draft,
    changes,
    theirs: stored.tag === base.tag ? null : stored,
    set: (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change })),
    /** What is stored now counts; what was typed is gone. */
    take,
    /** What is typed stays, and will be saved over theirs. */
    keepMine: () => setBase(stored),
  }
}

function kept(id: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(`hours ${id}`) ?? 'null') as Draft | null
  } catch {
    return null
  }
}
