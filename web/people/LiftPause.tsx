import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Reason } from '../desk/Reason.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'

type Props = { person: { id: string; name: string }; programmeId: string; close: () => void }

/** They may book again from now on; they are told. */
export function LiftPause({ person, programmeId, close }: Props) {
  const [reason, setReason] = useState('')
  const lift = useSaid(
    'They can be booked again.',
    () => answer(api.api.v1.people[':id'].resume.$post({ param: { id: person.id }, json: { programmeId, reason } })),
    close,
  )
  return (
    <Sheet
      title={`Lift the pause of ${person.name}`}
      close={close}
      act="Lift the pause"
      doIt={() => lift.mutate(undefined)}
      doing={lift}
    >
      <p>They can be booked again at once, and are told so. What was booked before the pause has stayed.</p>
      <Reason label="Why may they book again?" value={reason} set={setReason} />
    </Sheet>
  )
}
