import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Reason } from '../desk/Reason.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'

/** A lost phone, a mailbox that somebody else reads: every device is signed out, and signing in again is up to them. */
export function SignOut({ person, close }: { person: { id: string; name: string }; close: () => void }) {
  const [reason, setReason] = useState('')
  const signOut = useSaid(
    'Signed out on every device.',
    () => answer(api.api.v1.people[':id']['sign-out'].$post({ param: { id: person.id }, json: { reason } })),
    close,
  )
  return (
    <Sheet
      title={`Sign ${person.name} out everywhere`}
      close={close}
      act="Sign out everywhere"
      doIt={() => signOut.mutate(undefined)}
      doing={signOut}
    >
      <p>
        Every device of theirs is signed out at once, and mails with which they asked to sign in do not work any more.
        They can sign in again with their e-mail address; links in messages about sessions go on working.
      </p>
      <Reason label="Why? (a lost phone, a mailbox that somebody else reads)" value={reason} set={setReason} />
    </Sheet>
  )
}
