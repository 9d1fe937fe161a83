import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Sheet } from '../../desk/Sheet.tsx'
import { ACTS } from '../../words.ts'
import type { Desk } from '../desk.ts'
import type { SheetName } from '../route.tsx'
import { Cancel } from './Cancel.tsx'
import { Move } from './Move.tsx'
import { Reach } from './Reach.tsx'
import { Room } from './Room.tsx'
import { UndoMerge } from './UndoMerge.tsx'
import { Verdict } from './Verdict.tsx'

export type SheetProps = { desk: Desk; zone: string; close: () => void }

const SHEETS: Record<SheetName, (props: SheetProps) => ReactNode> = {
  move: Move,
  cancel: Cancel,
  verdict: Verdict,
  undo_merge: UndoMerge,
  room: Room,
  message: Reach,
}

/** One act on a session. Its address opens it again. */
export function SessionSheet({ act, desk, zone }: { act: SheetName; desk: Desk; zone: string }) {
  const navigate = useNavigate({ from: '/sessions/$id' })
  const close = () => void navigate({ search: {} })
  const Content = SHEETS[act]
  const isPossible = act === 'message' || desk.acts.includes(act)
  if (isPossible) return <Content desk={desk} zone={zone} close={close} />
  return (
    <Sheet title={ACTS[act]} close={close}>
      <p className="notice">
        {desk.session.status === 'cancelled'
          ? 'This session is cancelled, so that cannot be done any more.'
          : act === 'verdict'
            ? 'Attendance can be judged once the session has begun.'
            : 'That cannot be done with this session now: it has begun, or it changed.'}
      </p>
    </Sheet>
  )
}
