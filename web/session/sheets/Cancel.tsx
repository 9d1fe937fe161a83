import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import { among, Following, type Follows } from '../../desk/Effects.tsx'
import { Reason } from '../../desk/Reason.tsx'
import { Sheet } from '../../desk/Sheet.tsx'
import { moment } from '../../times.ts'
import { ACTS } from '../../words.ts'
import type { Desk } from '../desk.ts'
import type { SheetProps } from './SessionSheet.tsx'

/** The time is free again and everybody is told, with the reason. Whether it counts as late is said before it does. */
export function Cancel({ desk, zone, close }: SheetProps) {
  const [reason, setReason] = useState('')
  const preview = useQuery({
    queryKey: ['cancel', desk.session.id, desk.bookings],
    queryFn: () => cancelAll(desk.bookings, 'preview', true),
    retry: false,
  })
  const cancel = useAct({
    act: () => cancelAll(desk.bookings, reason.trim(), false),
    said: () => 'Cancelled. Everybody is told.',
    after: close,
  })
  return (
    <Sheet
      title={ACTS.cancel}
      close={close}
      act="Cancel and tell everybody"
      doIt={() => cancel.mutate()}
      doing={cancel}
      isReady={preview.isSuccess && reason.trim() !== ''}
      isDanger
      follows={<Following asked={preview} who={among(desk.session.participants)} now={desk.now} zone={zone} />}
    >
      <p>
        <strong>{moment(desk.session.startsAt, zone)}</strong> is given up, and free for others at once.
      </p>
      <p className={desk.isLate ? 'notice is-warn' : 'soft'}>
        {desk.isLate
          ? `This counts as a late cancellation: the limit was ${moment(desk.lateFrom, zone)}.`
          : `Until ${moment(desk.lateFrom, zone)} it does not count as a late cancellation.`}
      </p>
      <Reason
        description="Both people read it, and it stays on record."
        value={reason}
        set={setReason}
        data-autofocus
      />
    </Sheet>
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
