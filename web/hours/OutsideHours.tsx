import { Button, Checkbox } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type BulkAction, BulkSheet } from '../desk/BulkSheet.tsx'
import { useMe } from '../me.ts'
import { moment } from '../times.ts'
import { BySession } from './BySession.tsx'
import type { Affected } from './hours-queries.ts'

/** Booked sessions that these hours would not offer. They stay until somebody decides: keep, cancel, or offer other times. */
export function OutsideHours({ affected, isSaved, zone }: { affected: Affected[]; isSaved: boolean; zone: string }) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [action, setAction] = useState<BulkAction | null>(null)
  const { ops } = useMe()
  const chosen = affected.filter(({ sessionId }) => !left.has(sessionId))
  const toggle = (id: string) =>
    setLeft((old) => (old.has(id) ? new Set([...old].filter((one) => one !== id)) : new Set([...old, id])))
  return (
    <>
      {affected.length > 0 && (
        <section className="notice is-warn outside" aria-labelledby="outside">
          <h2 id="outside">
            {isSaved ? 'Booked outside these hours' : 'Once you save, these lie outside your hours'}{' '}
            <span className="count">{affected.length}</span>
          </h2>
          <ul>
            {affected.map((session) => (
              <li key={session.sessionId}>
                <Checkbox
                  checked={!left.has(session.sessionId)}
                  disabled={!isSaved}
                  onChange={() => toggle(session.sessionId)}
                  label={
                    <>
                      {moment(session.startsAt, zone)} <bdi>{session.mentees.map(({ name }) => name).join(', ')}</bdi>{' '}
                      <span className="soft">
                        {session.causes.includes('absence') ? 'you are away then' : 'no hours are open then'}
                      </span>
                    </>
                  }
                />{' '}
                {ops && (
                  <Link to="/sessions/$id" params={{ id: session.sessionId }}>
                    open<span className="hidden"> the session of {moment(session.startsAt, zone)}</span>
                  </Link>
                )}
              </li>
            ))}
          </ul>
          {isSaved ? (
            <div className="buttons">
              <Button variant="filled" disabled={chosen.length === 0} onClick={() => setAction('offer_times')}>
                Offer other times …
              </Button>
              <Button disabled={chosen.length === 0} onClick={() => setAction('cancel')}>
                Cancel with a reason …
              </Button>
              <span className="soft">Do nothing to keep them: they take place as booked.</span>
            </div>
          ) : (
            <p className="soft">
              Nothing happens to them by itself. After saving you can keep them, cancel, or offer other times.
            </p>
          )}
        </section>
      )}
      {action && (
        <BulkSheet
          action={action}
          sessionIds={chosen.map(({ sessionId }) => sessionId)}
          zone={zone}
          close={() => setAction(null)}
          done={() => setAction(null)}
        >
          {(items) => <BySession items={items} zone={zone} />}
        </BulkSheet>
      )}
    </>
  )
}
