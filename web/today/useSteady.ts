import { type SyntheticEvent, useEffect, useRef, useState } from 'react'
import { arrange, type Case, isSame, moved, placed, type Row } from './arrange.ts'
import type { TodayAnswer } from './Today.tsx'

type Shown = Pick<TodayAnswer, 'cases' | 'sessions'>

// Long enough to aim and press, short enough that a pointer that was left lying over the list does not make it old.
const LASTS_MS = 4_000

/**
 * The day's lines in places that do not change while a hand is at work among them: for some seconds after the pointer or the
 * focus last moved there. What a line says is always the latest; a line that is no more stays only under the hand itself.
 */
export function useSteady(latest: Shown, key: string) {
  const wanted = arrange(latest)
  const [kept, keep] = useState({ key, arrangement: wanted })
  const { row, touch, leave } = useHand()
  const settled = useRef(new Set<string>())
  const known = useRef({ cases: new Map<string, Case>(), sessions: new Map<string, Row>() })
  for (const one of latest.cases) known.current.cases.set(one.id, one)
  for (const one of latest.sessions) known.current.sessions.set(one.sessionId, one)

  const isHeld = row !== null && kept.key === key
  const [cases, sessions] = [new Set(wanted.cases), new Set(wanted.lines.map(({ id }) => id))]
  const stays = (id: string) => row === `case ${id}` && !settled.current.has(id)
  const current = isHeld
    ? {
        cases: kept.arrangement.cases.filter((id) => cases.has(id) || stays(id)),
        lines: kept.arrangement.lines.filter(({ id }) => sessions.has(id) || row === id),
      }
    : wanted
  useEffect(() => {
    if (!(kept.key === key && isSame(kept.arrangement, current))) keep({ key, arrangement: current })
  })

  return {
    ...placed(current, known.current),
    /** Lines that will move when the hand is off. */
    waiting: isHeld ? moved(current, wanted) : 0,
    /** Somebody here settled it: its line goes as soon as it is no case any more. */
    settle: (id: string) => settled.current.add(id),
    hand: {
      onPointerMove: touch,
      onPointerLeave: leave,
      onFocus: touch,
      onBlur: ({ relatedTarget, currentTarget }: { relatedTarget: EventTarget | null; currentTarget: Element }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) leave()
      },
    },
  }
}

/** The line a hand was last on: '' between lines, null when it left or has rested for long enough. */
function useHand() {
  const [row, setRow] = useState<string | null>(null)
  const rests = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(rests.current), [])
  const leave = () => {
    clearTimeout(rests.current)
    setRow(null)
  }
  const touch = ({ target }: SyntheticEvent) => {
    clearTimeout(rests.current)
    rests.current = setTimeout(leave, LASTS_MS)
    setRow((target as Element).closest('[data-moves]')?.getAttribute('data-moves') ?? '')
  }
  return { row, touch, leave }
}
