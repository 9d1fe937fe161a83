import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { answer, api } from '../api.ts'
import { Failed } from '../shell/Waiting.tsx'
import { near } from '../times.ts'

type Props = { sealedUntil: string | null; mayVerify: boolean; zone: string; now: string }

/** The record is sealed in a chain of hashes; whoever changes a row breaks it. Reading all of it takes a moment. */
export function Seal({ sealedUntil, mayVerify, zone, now }: Props) {
  const asked = useQuery({
    queryKey: ['seal'],
    queryFn: () => answer(api.api.v1.audit.seal.$get()),
    // The whole chain is read each time: only when somebody wants it.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    enabled: false,
  })
  const { data } = asked
  return (
    <section className="seal">
      <p className="acts">
        <span className={`state is-${data ? (data.breaks.length > 0 ? 'bad' : 'good') : 'open'}`}>
          {data &&
            (data.breaks.length > 0 ? `the chain is broken in ${data.breaks.length} places, ` : 'the chain holds, ')}
          {sealedUntil ? `sealed until ${near(sealedUntil, now, zone)}` : 'nothing is sealed yet'}
        </span>
        {mayVerify && (
          <Button loading={asked.isFetching} onClick={() => void asked.refetch()}>
            {data ? 'Verify again' : 'Verify the chain'}
          </Button>
        )}
        {data && (
          <span className="soft">
            {data.rows} rows under {data.seals} seals
            {data.unsealed > 0 && `, ${data.unsealed} wait for the next one`}
          </span>
        )}
      </p>
      {data?.head && (
        <details className="entry">
          <summary className="soft">Head of the chain</summary>
          <p className="soft">
            Kept outside this database, it proves that nothing before it was changed: <code>{data.head}</code>
          </p>
        </details>
      )}
      {data && data.breaks.length > 0 && (
        <ul className="notice is-bad" role="alert">
          {data.breaks.map(({ seal, why }) => (
            <li key={`${seal} ${why}`}>
              Seal {seal} {why}
            </li>
          ))}
        </ul>
      )}
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
    </section>
  )
}
