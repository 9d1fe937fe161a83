import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Reason } from '../desk/Reason.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'

/** Forget a person. It cannot be taken back, so it is said in full before the button. */
export function Erase({ person, close }: { person: { id: string; name: string }; close: () => void }) {
  const navigate = useNavigate()
  const [reason, setReason] = useState('')
  const erase = useSaid(
    'Forgotten.',
    () => answer(api.api.v1.people[':id'].erase.$post({ param: { id: person.id }, json: { reason } })),
    () => void navigate({ to: '/people' }),
  )
  return (
    <Sheet
      title={`Erase ${person.name}`}
      close={close}
      act="Erase for good"
      doIt={() => erase.mutate(undefined)}
      doing={erase}
    >
      <div className="notice is-bad">
        <p>This cannot be undone.</p>
      </div>
      <ul>
        <li>Name, addresses, numbers and messages go; what the other side needs stays, about somebody who left.</li>
        <li>Copies at Zoom and Google are erased in the next minutes.</li>
        <li>They are signed out everywhere, and nothing is sent to them any more.</li>
      </ul>
      <Reason label="Why? (a request of theirs, the end of a programme)" value={reason} set={setReason} />
    </Sheet>
  )
}
