import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { PersonSelect } from '../desk/PersonSelect.tsx'
import { Reason } from '../desk/Reason.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { Trouble } from '../desk/Trouble.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { moment } from '../times.ts'
import type { Pair } from './Pairs.tsx'

/** Another mentor takes over, or the pair ends: first what that cancels, then the deed. */
export function EndPair({ pair, close }: { pair: Pair; close: () => void }) {
  const zone = useZone()
  const now = useNow()
  const [successor, setSuccessor] = useState<string | null>(null)
  const [date, setDate] = useState('')
  const [reason, setReason] = useState('')
  const at = date ? `${date}T00:00:00Z` : now
  const ask = (dryRun: boolean) =>
    answer(
      api.api.v1.mentorships[':id'].end.$post({
        param: { id: pair.id },
        json: {
          at: at ?? '',
          reason: reason || 'preview',
          dryRun,
          ...(successor ? { successorMentorId: successor } : {}),
        },
      }),
    )
  const preview = useMutation({ mutationFn: () => ask(true) })
  const end = useSaid(successor ? 'Handed over.' : 'The pair has ended.', () => ask(false), close)
  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      // What was previewed is not what would be done any more.
      preview.reset()
      set(value)
    }
  const affected = preview.data?.affected
  return (
    <Sheet
      title={`${pair.mentee} with ${pair.mentor}`}
      close={close}
      act={successor ? 'Hand over' : 'End the pair'}
      doIt={() => end.mutate(undefined)}
      doing={end}
      isReady={preview.isSuccess}
    >
      <PersonSelect
        label="Who takes over"
        description="Empty: nobody, the pair only ends."
        as="mentor"
        value={successor}
        set={changed(setSuccessor)}
        except={[pair.mentorId, pair.menteeId]}
      />
      <TextInput
        type="date"
        label="From the beginning of this day in UTC"
        description="Empty: from now on. Sessions before it stay."
        value={date}
        onChange={({ currentTarget }) => changed(setDate)(currentTarget.value)}
      />
      <div>
        <Button loading={preview.isPending} onClick={() => preview.mutate(undefined)}>
          See what changes
        </Button>
      </div>
      <Trouble error={preview.error} />
      {affected && (
        <section aria-live="polite">
          <h3>What changes</h3>
          <ul className="plain">
            {affected.length === 0 && <li>No session is cancelled.</li>}
            {affected.map(({ sessionId, startsAt, bookAgainWith }) => (
              <li key={sessionId}>
                <Link to="/sessions/$id" params={{ id: sessionId }}>
                  {moment(startsAt, zone)}
                </Link>{' '}
                <span className="state is-bad">cancelled</span>
                {bookAgainWith && ' · both are told; to be booked again with the new mentor'}
              </li>
            ))}
            {successor && pair.sessions !== null && (
              <li>
                The new pair gets what is left of the budget:{' '}
                {Math.max(0, pair.sessions - pair.booked + affected.length)} of {pair.sessions} sessions.
              </li>
            )}
            {successor && pair.sessions === null && <li>The new pair has no limit of sessions, as this one.</li>}
          </ul>
        </section>
      )}
      <Reason label="Why?" value={reason} set={setReason} />
    </Sheet>
  )
}
