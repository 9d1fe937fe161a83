import { type RefObject, useLayoutEffect, useRef } from 'react'

const LASTS_MS = 180

/**
 * Rows marked `data-moves="{key}"` inside the box glide to where they now stand. A row that is still on its way goes on from
 * where it is seen. What pushes all of them, like a notice that appears above, is no move of theirs: a row that set off when the
 * pointer reaches it could not be pressed. Whoever asked for no motion sees none.
 */
export function useGliding(box: RefObject<HTMLElement | null>): void {
  const known = useRef(new Map<string, { top: number; glide: Animation | null }>())
  const order = useRef('')
  useLayoutEffect(() => {
    const rows = [...(box.current?.querySelectorAll<HTMLElement>('[data-moves]') ?? [])]
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
    const standing = rows.map((row) => row.dataset.moves).join()
    const isReordered = standing !== order.current
    order.current = standing
    const before = rows.map((row) => {
      const last = known.current.get(row.dataset.moves as string)
      const onTheWay = last?.glide?.playState === 'running' ? shiftOf(row) : 0
      last?.glide?.cancel()
      return last ? { top: last.top, onTheWay } : null
    })
    const tops = rows.map((row) => row.getBoundingClientRect().top + window.scrollY)
    known.current = new Map(
      rows.map((row, i) => {
        const [top, from] = [tops[i] as number, before[i]]
        const by = from ? from.onTheWay + (isReordered ? from.top - top : 0) : 0
        const glide =
          isStill || Math.abs(by) < 1
            ? null
            : row.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], {
                duration: LASTS_MS,
                easing: 'ease-out',
              })
        return [row.dataset.moves as string, { top, glide }]
      }),
    )
  })
}

const shiftOf = (row: HTMLElement): number => new DOMMatrix(getComputedStyle(row).transform).m42
