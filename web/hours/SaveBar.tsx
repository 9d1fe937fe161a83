import { Button } from '@mantine/core'

/** Stays in sight while something is not saved: what it is, and the one button. */
export function SaveBar({
  changes,
  isBlocked,
  isSaving,
  error,
  discard,
}: {
  changes: string[]
  isBlocked: boolean
  isSaving: boolean
  error: Error | null
  discard: () => void
}) {
  return (
    <div className="save-bar" data-open={changes.length > 0 || undefined}>
      <p role="status">
        {changes.length === 0 ? (
          <span className="state is-good">All changes are saved</span>
        ) : (
          <>
            <span className="state is-warn">Not saved:</span> {changes.join(', ')}
            {isBlocked && <span className="soft"> · something above needs you first</span>}
          </>
        )}
      </p>
      {error && (
        <p className="state is-bad" role="alert">
          {error.message}
        </p>
      )}
      {changes.length > 0 && (
        <div className="buttons">
          <Button onClick={discard} disabled={isSaving}>
            Discard
          </Button>
          <Button type="submit" variant="filled" loading={isSaving} disabled={isBlocked}>
            Save
          </Button>
        </div>
      )}
    </div>
  )
}
