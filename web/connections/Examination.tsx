import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { answer, api, Problem } from '../api.ts'
import { Failed } from '../shell/Waiting.tsx'

const TONES = { ok: 'good', off: 'off', warn: 'warn', bad: 'bad' } as const
const WORDS = { ok: 'well', off: 'off', warn: 'look at it', bad: 'must be mended' } as const

/** What the command `doctor` says. It asks every vendor, so somebody has to want it, and the page goes on meanwhile. */
export function Examination() {
  const asked = useQuery({
    queryKey: ['examination'],
    queryFn: () => answer(api.api.v1.examination.$get()),
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return (
    <section>
      <h2 className="group-title">Examination</h2>
      <p className="acts">
        <Button loading={asked.isFetching} onClick={() => void asked.refetch()}>
          {asked.data ? 'Examine again' : 'Examine everything now'}
        </Button>
        <span className="soft">
          {asked.isFetching ? 'Every vendor is asked; this may take some seconds.' : 'The same as the command doctor.'}
        </span>
      </p>
      {asked.error instanceof Problem && asked.error.status === 403 ? (
        <p className="notice">Only an admin may examine the whole installation.</p>
      ) : (
        asked.error && <Failed error={asked.error} again={asked.refetch} />
      )}
      {asked.data && (
        <ul className="rows-list card-list" aria-live="polite">
          {asked.data.findings.map(({ name, state, says }) => (
            <li key={name}>
              <span className={`state is-${TONES[state]}`}>{WORDS[state]}</span>
              <div className="who">
                <strong>{name}</strong> <bdi>{says}</bdi>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
