import { Modal } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { Place } from './places.ts'

// The lists mark what j and k walk through; what is marked is what enter opens and e acts on.
const ROWS = '[data-row]'

/** `g` and a letter goes to a page, `j` `k` walk a list, `enter` opens, `e` opens the actions, `/` searches, `?` says all this. */
export function Keyboard({ places }: { places: Place[] }) {
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const went = useRef(0)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { key, target } = event
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (target instanceof Element && target.closest('input, select, textarea, [contenteditable], [role=dialog]'))
        return
      const afterG = performance.now() - went.current < 1_500
      went.current = 0
      const place = afterG && places.find(({ keys }) => keys === key)
      if (place) void navigate({ to: place.to })
      else if (key === 'g') went.current = performance.now()
      else if (key === 'j' || key === 'k') walk(key === 'j' ? 1 : -1)
      else if (key === 'e') row()?.querySelector<HTMLElement>('[data-actions]')?.click()
      else if (key === '/') focusSearch(event)
      else if (key === '?') setOpen(true)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [places, navigate])

  return (
    <Modal opened={isOpen} onClose={() => setOpen(false)} title="Keys">
      <table className="rows">
        <tbody>
          {places.map(
            ({ to, name, keys }) =>
              keys && (
                <tr key={to}>
                  <th scope="row">
                    <kbd>g</kbd> <kbd>{keys}</kbd>
                  </th>
                  <td>{name}</td>
                </tr>
              ),
          )}
          {KEYS.map(([key, words]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  )
}

const KEYS = [
  ['j', 'next line'],
  ['k', 'line before'],
  ['enter', 'open the line'],
  ['e', 'what can be done with it'],
  ['/', 'search'],
  ['?', 'these keys'],
] as const

const row = () => document.activeElement?.closest(ROWS)

function walk(by: 1 | -1): void {
  const rows = [...document.querySelectorAll(ROWS)]
  const here = row()
  const at = here ? rows.indexOf(here) + by : 0
  const next = rows[Math.max(0, Math.min(at, rows.length - 1))]
  next?.querySelector<HTMLElement>('a, button')?.focus()
}

function focusSearch(event: KeyboardEvent): void {
  const search = document.querySelector<HTMLElement>('input[type=search]')
  if (!search) return
  event.preventDefault()
  search.focus()
}
