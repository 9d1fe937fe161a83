import { Button, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import { moment } from '../../times.ts'
import type { Desk } from '../desk.ts'
import { Effects, type Follows } from './Effects.tsx'
import { Halves, type SheetProps, Trouble } from './Sheet.tsx'

/** The time is free again and everybody is told, with the reason. Whether it counts as late is said before it does. */
export function Cancel({ desk, zone, close }: SheetProps) {
  const [reason, setReason] = useState('')
  const preview = useQuery({
    queryKey: ['cancel', desk.session.id, desk.bookings],
    queryFn: () => cancelAll(desk.bookings, 'preview', true),
    retry: false,
  })
  const { mutate, isPending, isWaiting, error } = useAct({
    act: () => cancelAll(desk.bookings, reason.trim(), false),
    said: () => 'Cancelled. Everybody is told.',
    after: close,
  })
  return (
    <Halves
      change={
        <form
          id="cancel"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim()) mutate()
          }}
        >
          <p>
            <strong>{moment(desk.session.startsAt, zone)}</strong> is given up, and free for others at once.
          </p>
          <p className={desk.isLate ? 'notice is-warn' : 'soft'}>
            {desk.isLate
              ? `This counts as a late cancellation: the limit was ${moment(desk.lateFrom, zone)}.`
              : `Until ${moment(desk.lateFrom, zone)} it does not count as a late cancellation.`}
          </p>
          <Textarea
            label="Why?"
            description="Both people read it, and it stays on record."
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
        preview.data ? (
          <Effects follows={preview.data} desk={desk} zone={zone} />
        ) : (
          <p className="soft">{preview.error?.message ?? 'One moment …'}</p>
        )
      }
      commit={
        <>
          <Trouble error={error} isWaiting={isWaiting} />
          <Button
            type="submit"
            form="cancel"
            variant="filled"
            className="is-danger"
            loading={isPending}
            disabled={!preview.data || reason.trim() === ''}
          >
            Cancel and tell everybody
          </Button>
        </>
      }
    />
  )
}

/** One booking after the other; the session goes with its last. A booking that is cancelled already is answered as done. */
async function cancelAll(bookings: Desk['bookings'], reason: string, dryRun: boolean): Promise<Follows> {
  const all = { messages: [], withdrawn: [], vendors: [], planned: [] } as Required<Follows>
  for (const { id, revision } of bookings) {
    const { effects } = await answer(
      api.api.v1.bookings[':id'].cancel.$post({ param: { id }, json: { reason, revision, dryRun } }),
    )
    const known = new Set(all.messages.map(({ effectKey }) => effectKey))
    all.messages.push(...(effects?.messages ?? []).filter(({ effectKey }) => !known.has(effectKey)))
    all.withdrawn.push(...(effects?.withdrawn ?? []))
    all.vendors.push(...(effects?.vendors ?? []))
    // Of a shared session, each preview still plans the reminders of those whose turn comes next.
    all.planned.push(...(effects?.planned ?? []).filter(({ effectKey }) => effectKey.startsWith('cancelled:')))
  }
  return all
}
