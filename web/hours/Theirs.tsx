import { Button } from '@mantine/core'
import { changesBetween, draftOf } from './draft.ts'
import type { useDraft } from './use-draft.ts'

type Hours = ReturnType<typeof useDraft>

/** Somebody else saved while this was typed: what differs, and the two ways on. Nothing is lost before one is chosen. */
export function Theirs({ hours, theirs }: { hours: Hours; theirs: NonNullable<Hours['theirs']> }) {
  const differ = changesBetween(draftOf(theirs.config), hours.draft)
  return (
    <section className="notice is-warn" role="alert">
      <p>
        <strong>These hours were changed somewhere else while you typed.</strong> Yours are still below and not saved.{' '}
        {differ.length === 0 ? 'Both say the same by now.' : `They differ in: ${differ.join(', ')}.`}
      </p>
      <div className="buttons">
        <Button onClick={() => hours.take(theirs)}>Show theirs, drop mine</Button>
        <Button onClick={hours.keepMine}>Keep mine, to save over theirs</Button>
      </div>
    </section>
  )
}
