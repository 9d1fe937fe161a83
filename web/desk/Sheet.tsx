import { Button, Drawer } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { Trouble } from './Trouble.tsx'

type Props = {
  title: ReactNode
  close: () => void
  /** What the one button says; without it the sheet has none. */
  act?: string
  doIt?: () => void
  /** How the doing goes: what `useAct` or its kin `useSaid` answers. */
  doing?: { isPending: boolean; isWaiting: boolean; error: Error | null }
  isReady?: boolean
  isDanger?: boolean
  /** Every effect, by person and channel, before anything happens. */
  follows?: ReactNode
  children: ReactNode
}

/** A sheet for one act: left what it needs and changes, right what follows, one button below both. On a phone they stand below each other. */
export function Sheet({ title, close, act, doIt, doing, isReady = true, isDanger, follows, children }: Props) {
  const isHalved = follows !== undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) doIt?.()
  }
  return (
    <Drawer opened onClose={close} title={title} size={isHalved ? 860 : 'xl'}>
      <form className={isHalved ? 'sheet is-halved' : 'sheet'} onSubmit={submit}>
        {isHalved ? (
          <>
            <section className="change" aria-label="What will change">
              {children}
            </section>
            <section className="follows" aria-label="What follows" aria-live="polite">
              <h3>What follows</h3>
              {follows}
            </section>
          </>
        ) : (
          <div className="change">{children}</div>
        )}
        {act && (
          <footer>
            {doing && <Trouble error={doing.error} isWaiting={doing.isWaiting} />}
            <Button size="sm" onClick={close}>
              Close
            </Button>
            <Button
              type="submit"
              size="sm"
              variant="filled"
              className={isDanger ? 'is-danger' : ''}
              loading={doing?.isPending ?? false}
              disabled={!isReady}
            >
              {act}
            </Button>
          </footer>
        )}
      </form>
    </Drawer>
  )
}
