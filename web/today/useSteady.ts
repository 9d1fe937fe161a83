import { type FocusEvent, useEffect, useRef, useState } from 'react'
import { arrange, type Case, isSame, moved, placed, type Row } from './arrange.ts'
import type { TodayAnswer } from './Today.tsx'

type Shown = Pick<TodayAnswer, 'cases' | 'sessions'>

/**
 * The day's lines in places that do not change while a pointer is over them or the focus is in one: what a line says is always
 * the latest, where it stands waits until the hand is off. Walking on with the keyboard lets the lines go to their places too.
 */
export function useSteady(latest: Shown, key: string) {
  const wanted = arrange(latest)
  const [kept, keep] = useState({ key, arrangement: wanted })
  const [hand, setHand] = useState({ isOver: false, row: '' })
  const known = useRef({ cases: new Map<string, Case>(), sessions: new Map<string, Row>() })
  for (const one of latest.cases) known.current.cases.set(one.id, one)
  for (const one of latest.sessions) known.current.sessions.set(one.sessionId, one)

  const isHeld = (hand.isOver || hand.row !== '') && kept.key === key
  const current = isHeld ? kept.arrangement : wanted
  useEffect(() => {
    if (!isHeld && !(kept.key === key && isSame(kept.arrangement, wanted))) keep({ key, arrangement: wanted })
  })

  return {
    ...placed(current, known.current),
    /** Lines that will move when the hand is off. */
    waiting: isHeld ? moved(current, wanted) : 0,
    release: () => keep({ key, arrangement: wanted }),
    hand: {
      onPointerEnter: () => setHand((old) => ({ ...old, isOver: true })),
      onPointerLeave: () => setHand((old) => ({ ...old, isOver: false })),
      onFocus: ({ target }: FocusEvent) => {
        const row = target.closest('[data-moves]')?.getAttribute('data-moves') ?? ''
        if (row === hand.row) return
        if (!hand.isOver) keep({ key, arrangement: wanted })
        setHand((old) => ({ ...old, row }))
      },
      onBlur: ({ relatedTarget, currentTarget }: FocusEvent) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setHand((old) => ({ ...old, row: '' }))
      },
    },
  }
}
