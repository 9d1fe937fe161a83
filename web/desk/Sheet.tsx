import { Button, Drawer } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { Trouble } from './Trouble.tsx'

type Act = {
  /** What the one button says. */
  act: string
  doIt: () => void
  /** How the doing goes: an act of `useAct`, or of its kin `useSaid`. */
  doing: { isPending: boolean; isWaiting: boolean; error: Error | null }
  isReady?: boolean
  isDanger?: boolean
}
type Props = Partial<Act> & {
  title: ReactNode
  close: () => void
  /** Every effect, by person and channel, before anything happens. */
  follows?: ReactNode
  children: ReactNode
}

/** A sheet for one act: left what it needs and changes, right what follows, and one button below both. On a phone they stand below each other. */
export function Sheet({ title, close, follows, children, ...act }: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (act.isReady !== false) act.doIt?.()
  }
  const content = (
    <>
      {follows === undefined ? (
        <div className="change">{children}</div>
      ) : (
        <>
          <section className="change" aria-label="What will change">
            {children}
          </section>
          <section className="follows" aria-label="What follows" aria-live="polite">
            <h3>What follows</h3>
            {follows}
          </section>
        </>
      )}
      {act.act && (
        <footer>
          {act.doing && <Trouble error={act.doing.error} isWaiting={act.doing.isWaiting} />}
          <Button size="sm" onClick={close}>
            Close
          </Button>
          <Button
            type="submit"
            size="sm"
            variant="filled"
            className={act.isDanger ? 'is-danger' : ''}
            loading={act.doing?.isPending ?? false}
            disabled={act.isReady === false}
          >
            {act.act}
          </Button>
        </footer>
      )}
    </>
  )
  const shape = follows === undefined ? 'sheet' : 'sheet is-halved'
  return (
    <Drawer opened onClose={close} title={title} size={follows === undefined ? 'xl' : 860}>
      {act.act ? (
        <form className={shape} onSubmit={submit}>
          {content}
        </form>
      ) : (
        <div className={shape}>{content}</div>
      )}
    </Drawer>
  )
}
