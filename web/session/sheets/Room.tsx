import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import { among, Following } from '../../desk/Effects.tsx'
import { Reason } from '../../desk/Reason.tsx'
import { Sheet } from '../../desk/Sheet.tsx'
import { ACTS } from '../../words.ts'
import type { Desk } from '../desk.ts'
import type { SheetProps } from './SessionSheet.tsx'

const NAMES = { zoom: 'Zoom', meet: 'Google Meet' } as const

/** From Zoom to Meet, or back: everybody's own link stays the same and leads to the new room. */
export function Room({ desk, zone, close }: SheetProps) {
  const [reason, setReason] = useState('')
  const from = desk.session.room === 'meet' ? 'meet' : 'zoom'
  const to = from === 'zoom' ? 'meet' : 'zoom'
  const preview = useQuery({
    queryKey: ['room', desk.session.id, desk.session.revision, to],
    queryFn: () => switchTo(desk, to, 'preview', true),
    retry: false,
  })
  const change = useAct({
    act: () => switchTo(desk, to, reason.trim(), false),
    said: () => `The session meets in ${NAMES[to]} now. Everybody is told.`,
    undo:
      ({ revision }) =>
      () =>
        switchTo({ ...desk, session: { ...desk.session, revision } }, from, 'undone', false),
    after: close,
  })
  return (
    <Sheet
      title={ACTS.room}
      close={close}
      act="Switch and tell everybody"
      doIt={() => change.mutate()}
      doing={change}
      isReady={preview.isSuccess && reason.trim() !== ''}
      follows={
        <Following
          asked={{ data: preview.data?.effects, error: preview.error }}
          who={among(desk.session.participants)}
          now={desk.now}
          zone={zone}
        />
      }
    >
      <p>
        From <strong>{NAMES[from]}</strong> to <strong>{NAMES[to]}</strong>. The links in messages stay the same and
        lead to the new room.
      </p>
      {to === 'meet' && (
        <p className="notice is-warn">Nobody can see who comes into a Meet room: attendance will be “cannot tell”.</p>
      )}
      <Reason value={reason} set={setReason} data-autofocus />
    </Sheet>
  )
}

const switchTo = ({ session: { id, revision } }: Desk, room: 'zoom' | 'meet', reason: string, dryRun: boolean) =>
  answer(api.api.v1.sessions[':id'].room.$post({ param: { id }, json: { room, reason, revision, dryRun } }))
