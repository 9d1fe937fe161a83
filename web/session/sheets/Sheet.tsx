import { Drawer } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
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

/** One act: left what will change, right every effect by person and channel, one button. Its address opens it again. */
export function Sheet({ act, desk, zone }: { act: SheetName; desk: Desk; zone: string }) {
  const navigate = useNavigate({ from: '/sessions/$id' })
  const close = () => void navigate({ search: {} })
  const Content = SHEETS[act]
  const isPossible = act === 'message' || desk.acts.includes(act)
  return (
    <Drawer opened onClose={close} title={ACTS[act]} size={860}>
      {isPossible ? (
        <Content desk={desk} zone={zone} close={close} />
      ) : (
        <p className="notice">
          {desk.session.status === 'cancelled'
            ? 'This session is cancelled, so that cannot be done any more.'
            : act === 'verdict'
              ? 'Attendance can be judged once the session has begun.'
              : 'That cannot be done with this session now: it has begun, or it changed.'}
        </p>
      )}
    </Drawer>
  )
}

/** The two halves, and the button below both. On a phone they stand below each other. */
export const Halves = ({ change, effects, commit }: { change: ReactNode; effects: ReactNode; commit: ReactNode }) => (
  <div className="sheet">
    <section aria-label="What will change">{change}</section>
    <section aria-label="What follows" aria-live="polite">
      <h3>What follows</h3>
      {effects}
    </section>
    <footer>{commit}</footer>
  </div>
)

/** The button that does it: pending at once, and it says when the connection is gone. */
export function Trouble({ error, isWaiting }: { error: Error | null; isWaiting: boolean }) {
  if (isWaiting)
    return (
      <p className="state is-warn" role="status">
        No answer yet. It is tried again, and done only once.
      </p>
    )
  return (
    error && (
      <p className="notice is-bad" role="alert">
        {error.message}
      </p>
    )
  )
}
