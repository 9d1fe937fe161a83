import { Button, Popover, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useAct } from '../act.tsx'
import { answer, api } from '../api.ts'
import { Trouble } from '../desk/Trouble.tsx'
import { moment, near, span } from '../times.ts'
import { CHANNELS } from '../words.ts'
import type { DeliveryItem } from './Deliveries.tsx'

type Props = { item: DeliveryItem; zone: string; now: string }

/** One message: to whom, about what, why it did not arrive, what it said, and what can still be done. */
export function Delivery({ item, zone, now }: Props) {
  const isTrouble = item.canRetry || item.whyNot !== null
  return (
    <li data-row>
      <span className={`state is-${item.tone}`}>
        {item.words} <span className="soft">{isTrouble ? span(item.since, now) : near(item.dueAt, now, zone)}</span>
      </span>
      <div className="who">
        <p>
          {item.recipientId ? (
            <Link to="/deliveries" search={{ view: 'all', person: item.recipientId }}>
              <bdi>{item.recipient ?? 'somebody'}</bdi>
            </Link>
          ) : (
            <strong>ops</strong>
          )}{' '}
          {item.what} <span className="soft">by {CHANNELS[item.channel]}</span>
          {item.sessionId && (
            <>
              {' '}
              <span className="soft">·</span>{' '}
              <Link to="/sessions/$id" params={{ id: item.sessionId }}>
                {item.sessionStartsAt ? moment(item.sessionStartsAt, zone) : 'session'}
              </Link>{' '}
              <bdi className="soft">{item.who}</bdi>
            </>
          )}
        </p>
        {item.cause && <p className={isTrouble ? '' : 'soft'}>{item.cause}</p>}
        {item.whyNot && <p className="soft">{item.whyNot}</p>}
        <More item={item} zone={zone} now={now} />
      </div>
      {item.canRetry && <Again item={item} now={now} zone={zone} />}
    </li>
  )
}

function More({ item, zone, now }: Props) {
  if (!item.said && item.attempts.length === 0) return null
  return (
    <details className="entry">
      <summary className="soft">
        {item.said ? 'What it says' : 'Tries'}
        {item.attempts.length > 0 && `, ${item.attempts.length} ${item.attempts.length === 1 ? 'try' : 'tries'}`}
      </summary>
      {item.said && (
        <blockquote className="said">
          {item.said.subject && (
            <p>
              <strong>
                <bdi>{item.said.subject}</bdi>
              </strong>
            </p>
          )}
          <p className="text">
            <bdi>{item.said.text}</bdi>
          </p>
          {item.said.buttons.length > 0 && <p className="soft">Buttons: {item.said.buttons.join(' · ')}</p>}
        </blockquote>
      )}
      <ol className="tries-of soft">
        {item.attempts.map(({ number, state, code, at }) => (
          <li key={number}>
            {near(at, now, zone)} {TRIED[state] ?? state}
            {code && ` (${code})`}
          </li>
        ))}
      </ol>
    </details>
  )
}

const TRIED: Record<string, string> = {
  in_flight: 'under way',
  accepted: 'taken by the vendor',
  rejected: 'not taken',
  unknown: 'no certain answer',
}

/** Once more, or by the other channel, with the reason that stays on record. */
function Again({ item, zone, now }: Props) {
  const [isOpen, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const close = () => {
    setOpen(false)
    setReason('')
  }
  const send = { param: { id: item.id }, json: { reason: reason.trim() } }
  const again = useAct({
    act: () => answer(api.api.v1.deliveries[':id'].retry.$post(send)),
    said: () => `It goes out to ${item.recipient ?? 'ops'} again.`,
    after: close,
  })
  const elsewhere = useAct({
    act: () => answer(api.api.v1.deliveries[':id']['other-channel'].$post(send)),
    said: () =>
      `It goes out to ${item.recipient ?? 'them'} by ${CHANNELS[item.otherChannel ?? ''] ?? 'the other channel'}.`,
    after: close,
  })
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus withinPortal shadow="md">
      <Popover.Target>
        <Button data-actions onClick={() => setOpen((old) => !old)}>
          Send again
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Send again">
        <form
          className="reason"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim()) again.mutate(undefined)
          }}
        >
          <TextInput
            label="Why?"
            description="It stays on record."
            required
            data-autofocus
            maxLength={500}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          <p className="soft">
            It makes sense until {near(item.expiresAt, now, zone)}
            {item.state === 'unknown' && '; the person may read it twice'}.
          </p>
          <p className="acts">
            <Button type="submit" variant="filled" loading={again.isPending} disabled={reason.trim() === ''}>
              By {CHANNELS[item.channel]} once more
            </Button>
            {item.otherChannel && (
              <Button
                loading={elsewhere.isPending}
                disabled={reason.trim() === ''}
                onClick={() => elsewhere.mutate(undefined)}
              >
                By {CHANNELS[item.otherChannel]}
              </Button>
            )}
          </p>
          <Trouble error={again.error ?? elsewhere.error} isWaiting={again.isWaiting || elsewhere.isWaiting} />
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
