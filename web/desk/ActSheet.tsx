import { Button, Drawer } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { Trouble } from './Trouble.tsx'
import './desk.css'

type Props = {
  title: string
  opened: boolean
  close: () => void
  /** What the one button says. */
  act: string
  doIt: () => void
  isPending: boolean
  error: Error | null
  isReady?: boolean
  children: ReactNode
}

/** A sheet for one act: what it needs and what it changes, then one button. */
export function ActSheet({ title, opened, close, act, doIt, isPending, error, isReady = true, children }: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    doIt()
  }
  return (
    <Drawer.Root opened={opened} onClose={close} position="right" size="xl" lockScroll={false}>
      <Drawer.Overlay />
      <Drawer.Content>
        {/* No <header>: a page has one. */}
        <div className="sheet-head">
          <Drawer.Title>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>
          <form onSubmit={submit} className="sheet">
            {children}
            <Trouble error={error} />
            <div className="line">
              <Button type="submit" variant="filled" size="sm" loading={isPending} disabled={!isReady}>
                {act}
              </Button>
              <Button size="sm" onClick={close}>
                Close
              </Button>
            </div>
          </form>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}
