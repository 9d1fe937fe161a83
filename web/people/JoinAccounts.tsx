import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { PersonSelect } from '../desk/PersonSelect.tsx'
import { Reason } from '../desk/Reason.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { Trouble } from '../desk/Trouble.tsx'
import { useSaid } from '../desk/use-said.ts'

/** Two accounts are one person: what would pass to this one, then the deed. */
export function JoinAccounts({ person, close }: { person: { id: string; name: string }; close: () => void }) {
  const [goneId, setGone] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const preview = useQuery({
    queryKey: ['people', 'join', person.id, goneId],
    queryFn: () =>
      answer(api.api.v1.people[':id'].join.$get({ param: { id: person.id }, query: { goneId: goneId ?? '' } })),
    enabled: goneId !== null,
  })
  const join = useSaid(
    'They are one account now.',
    (gone: string) =>
      answer(api.api.v1.people[':id'].join.$post({ param: { id: person.id }, json: { goneId: gone, reason } })),
    close,
  )
  return (
    <Sheet
      title={`Join another account with ${person.name}`}
      close={close}
      act="Join them"
      doIt={() => goneId && join.mutate(goneId)}
      doing={join}
      isReady={preview.isSuccess && goneId !== null}
    >
      <p>
        This account stays. The other one’s address becomes another address of it, and nobody signs in there any more.
      </p>
      <PersonSelect label="The account that goes" required value={goneId} set={setGone} except={[person.id]} />
      <Trouble error={preview.error} />
      {preview.isSuccess && (
        <section aria-live="polite">
          <h3>What moves</h3>
          {preview.data.moves.length === 0 ? (
            <p className="soft">Nothing but the address.</p>
          ) : (
            <ul className="plain">
              {preview.data.moves.map(({ what, count }) => (
                <li key={what}>
                  {count} <span className="soft">×</span> {what}
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      <Reason label="How do you know that they are one person?" value={reason} set={setReason} />
    </Sheet>
  )
}
