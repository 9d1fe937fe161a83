import { Problem } from '../api.ts'

type Fault = { field: string; rule: string }

/** What the server refused, by field where it says one. */
export function Trouble({ error }: { error: Error | null }) {
  if (!error) return null
  const faults =
    error instanceof Problem && Array.isArray(error.details.errors) ? (error.details.errors as Fault[]) : []
  return (
    <section className="notice is-bad" role="alert">
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
    </section>
  )
}
