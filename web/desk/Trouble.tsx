import { Problem } from '../api.ts'

type Fault = { field: string; rule: string }

/** What the server refused, by field where it says one; or that no answer came yet. */
export function Trouble({ error, isWaiting = false }: { error: Error | null; isWaiting?: boolean }) {
  if (isWaiting)
    return (
      <p className="state is-warn" role="status">
        No answer yet. It is tried again, and done only once.
      </p>
    )
  if (!error) return null
  const faults =
    error instanceof Problem && Array.isArray(error.details.errors) ? (error.details.errors as Fault[]) : []
  return (
    <div className="notice is-bad" role="alert">
      {faults.length > 0 ? (
        <ul className="plain">
          {faults.map(({ field, rule }) => (
            <li key={`${field} ${rule}`}>
              <strong>
                <bdi>{field}</bdi>
              </strong>{' '}
              {rule}
            </li>
          ))}
        </ul>
      ) : (
        <p>{error.message}</p>
      )}
    </div>
  )
}
