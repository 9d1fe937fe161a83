import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import { Reason } from '../../desk/Reason.tsx'
import { Sheet } from '../../desk/Sheet.tsx'
import { ACTS, mergeUndone } from '../../words.ts'
import type { SheetProps } from './SessionSheet.tsx'

/** Each session is its own again at its old time, as long as nobody has taken that time meanwhile. */
export function UndoMerge({ desk, close }: SheetProps) {
  const [reason, setReason] = useState('')
  const undo = useAct({
    act: () =>
      answer(
        api.api.v1.merges[':mergeId'].undo.$post({
          param: { mergeId: desk.mergeId ?? '' },
          json: { reason: reason.trim() || 'undone' },
        }),
      ),
    said: mergeUndone,
    after: close,
  })
  return (
    <Sheet
      title={ACTS.undo_merge}
      close={close}
      act="Undo the merge"
      doIt={() => undo.mutate()}
      doing={undo}
      isReady={desk.mergeId !== null}
      follows={
        <ul className="effects">
          <li>Everybody whose time or room changes is told once.</li>
          <li>Messages of the joined time that have not gone out are taken back.</li>
          <li>Rooms and calendar events are made again for the old times.</li>
          <li>Who called off meanwhile stays away; a session that nobody else had booked stays cancelled.</li>
          <li>When an old time has gone to somebody else meanwhile, nothing is changed and this says who.</li>
        </ul>
      }
    >
      <p>The sessions that were joined with this one go back to their own times, rooms and people.</p>
      <Reason required={false} value={reason} set={setReason} />
    </Sheet>
  )
}
