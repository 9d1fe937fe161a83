import { Button, Drawer, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../act.tsx'
import { answer, api } from '../api.ts'
import { useNow } from '../now.ts'
import { Effects } from '../session/sheets/Effects.tsx'
import { Halves, Trouble } from '../session/sheets/Sheet.tsx'
import { moment } from '../times.ts'

type Action = 'cancel' | 'offer_times'
type Props = { action: Action; sessionIds: string[]; zone: string; close: () => void; done: () => void }

const ask = (json: { sessionIds: string[]; action: Action; reason: string; dryRun: boolean }) =>
  answer(api.api.v1.sessions.bulk.$post({ json }))
type Bulk = Awaited<ReturnType<typeof ask>>

const SKIPPED = { begun: 'has begun and stays', cancelled: 'is cancelled already' }

/** One act on many sessions: by person what is lost to them, everything that follows, one button. */
export function BulkSheet({ action, sessionIds, zone, close, done }: Props) {
  const [reason, setReason] = useState('')
  const now = useNow() ?? ''
  const preview = useQuery({
    queryKey: ['bulk', action, sessionIds],
    queryFn: () => ask({ sessionIds, action, reason: 'preview', dryRun: true }),
    retry: false,
  })
  const { mutate, isPending, isWaiting, error } = useAct({
    act: () => ask({ sessionIds, action, reason: reason.trim(), dryRun: false }),
    said: ({ items }) => {
      const count = items.filter(({ skipped }) => !skipped).length
      return `${count} ${count === 1 ? 'session is' : 'sessions are'} cancelled. Everybody is told${action === 'offer_times' ? ', with free times' : ''}.`
    },
    after: done,
  })
  const open = preview.data?.items.filter(({ skipped }) => !skipped).length ?? 0
  return (
    <Drawer opened onClose={close} title={action === 'cancel' ? 'Cancel sessions' : 'Offer other times'} size={860}>
      <Halves
        change={
          <form
            id="bulk"
            onSubmit={(event) => {
              event.preventDefault()
              if (reason.trim()) mutate()
            }}
          >
            <p className="soft">
              {action === 'cancel'
                ? 'These sessions are given up. Whoever is in one is told once, with the reason.'
                : 'These sessions are given up, and their people are asked to choose another time: three free ones stand in the message.'}
            </p>
            {preview.data && <ByPerson items={preview.data.items} zone={zone} />}
            <Textarea
              label="Why?"
              description="Everybody concerned reads it, and it stays on record."
              required
              data-autofocus
              maxLength={500}
              autosize
              minRows={2}
              value={reason}
              onChange={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </form>
        }
        effects={
          preview.data?.effects ? (
            <Effects follows={preview.data.effects} desk={whomIn(preview.data.items, now)} zone={zone} />
          ) : (
            <p className="soft">{preview.error?.message ?? 'One moment …'}</p>
          )
        }
        commit={
          <>
            <Trouble error={error} isWaiting={isWaiting} />
            <Button
              type="submit"
              form="bulk"
              variant="filled"
              className="is-danger"
              loading={isPending}
              disabled={open === 0 || reason.trim() === ''}
            >
              {open > 0 ? `Cancel ${open}` : 'Cancel'} and{' '}
              {action === 'cancel' ? 'tell everybody' : 'offer other times'}
            </Button>
          </>
        }
      />
    </Drawer>
  )
}

const whomIn = (items: Bulk['items'], now: string) => ({
  now,
  session: { participants: items.flatMap(({ people }) => people.map(({ id, name }) => ({ personId: id, name }))) },
})

/** Everybody once, with the sessions they lose: mentees first, whom it surprises. */
function ByPerson({ items, zone }: { items: Bulk['items']; zone: string }) {
  const people = new Map(items.flatMap((item) => item.people.map((person) => [person.id, person])))
  const sorted = [...people.values()].toSorted((a, b) => a.role.localeCompare(b.role) || a.name.localeCompare(b.name))
  return (
    <ul className="effects by-person">
      {sorted.map(({ id, name, role }) => (
        <li key={id}>
          <bdi>{name}</bdi> <span className="soft">{role}</span>
          <ul>
            {items
              .filter((item) => item.people.some((person) => person.id === id))
              .map(({ sessionId, startsAt, skipped, times }) => (
                <li key={sessionId}>
                  {moment(startsAt, zone)}
                  {skipped && <span className="state is-off"> {SKIPPED[skipped]}</span>}
                  {role === 'mentee' && times && (
                    <span className="soft">
                      {times.length > 0
                        ? ` · free: ${times.map((time) => moment(time.startsAt, zone)).join(' · ')}`
                        : ' · no free time in the next 93 days'}
                    </span>
                  )}
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}
