import { Button, Drawer, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { queries } from '../queries.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city, clock, moment } from '../times.ts'
import type { Affected } from './hours-queries.ts'

type Action = 'cancel' | 'offer_times'

const bulk = (json: { sessionIds: string[]; action: Action; reason: string; dryRun: boolean }) =>
  answer(api.api.v1.sessions.bulk.$post({ json }))

/** One action on many sessions: everything that follows, then one button. */
export function BulkSheet({
  action,
  sessions,
  zone,
  close,
}: {
  action: Action
  sessions: Affected[]
  zone: string
  close: () => void
}) {
  const [reason, setReason] = useState('')
  const sessionIds = sessions.map(({ sessionId }) => sessionId)
  const preview = useQuery({
    queryKey: ['bulk', action, sessionIds],
    queryFn: () => bulk({ sessionIds, action, reason: 'to look at', dryRun: true }),
  })
  const act = useMutation({
    mutationFn: () => bulk({ sessionIds, action, reason: reason.trim(), dryRun: false }),
    onSuccess: () => queries.invalidateQueries(),
  })
  const isOffer = action === 'offer_times'
  return (
    <Drawer opened onClose={close} title={isOffer ? 'Offer other times' : 'Cancel with a reason'}>
      {act.data ? (
        <Done items={act.data.items} isOffer={isOffer} close={close} />
      ) : preview.error ? (
        <Failed error={preview.error} again={preview.refetch} />
      ) : !preview.data ? (
        <Waiting lines={4} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim()) act.mutate()
          }}
        >
          <p>
            {isOffer
              ? 'Each session below is cancelled, and everybody in it gets one message with the reason and a way to choose another time. These are free for both now:'
              : 'Each session below is cancelled, and everybody in it gets one message with the reason.'}
          </p>
          <ul className="effects">
            {preview.data.items.map(({ sessionId, startsAt, people, times, skipped }) => (
              <li key={sessionId}>
                <strong>{moment(startsAt, zone)}</strong> <bdi>{namesOf(people)}</bdi>
                {skipped ? (
                  <p className="soft">
                    {skipped === 'begun' ? 'It has begun, so it stays as it is.' : 'It is cancelled already.'}
                  </p>
                ) : (
                  isOffer && (
                    <p>
                      {times && times.length > 0
                        ? times.map((time) => moment(time.startsAt, zone)).join(' · ')
                        : 'No other time is free for both. They are told to ask their programme team.'}
                    </p>
                  )
                )}
              </li>
            ))}
          </ul>
          <p className="soft">
            Times in {city(zone)}. Reminders of these sessions are withdrawn; rooms and calendar entries go.
          </p>
          <Textarea
            label="Why (everybody in these sessions reads it)"
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            maxLength={500}
            autosize
            minRows={2}
            required
            data-autofocus
          />
          {act.error && (
            <p className="state is-bad" role="alert">
              {act.error.message}
            </p>
          )}
          <div className="buttons">
            <Button type="submit" variant="filled" loading={act.isPending} disabled={reason.trim() === ''}>
              {isOffer ? `Cancel and offer times to ${countOf(sessions.length)}` : `Cancel ${countOf(sessions.length)}`}
            </Button>
            <Button onClick={close}>Keep them</Button>
          </div>
        </form>
      )}
    </Drawer>
  )
}

type Items = Awaited<ReturnType<typeof bulk>>['items']

function Done({ items, isOffer, close }: { items: Items; isOffer: boolean; close: () => void }) {
  const stayed = items.filter(({ skipped }) => skipped)
  const done = items.length - stayed.length
  return (
    <div role="status">
      <p className="state is-good">{done === 1 ? 'One session is cancelled' : `${done} sessions are cancelled`}</p>
      <p>
        {isOffer ? 'Their people are asked to choose another time.' : 'Their people are told why.'}
        {stayed.length > 0 &&
          ` ${stayed.length === 1 ? 'One stays' : `${stayed.length} stay`} as before: ${stayed.map(({ startsAt }) => clock(startsAt, 'UTC')).join(', ')} UTC.`}
      </p>
      <Button onClick={close}>Close</Button>
    </div>
  )
}

const namesOf = (people: Items[number]['people']): string =>
  people
    .filter(({ role }) => role === 'mentee')
    .map(({ name }) => name)
    .join(', ')
const countOf = (n: number): string => (n === 1 ? 'one session' : `${n} sessions`)
