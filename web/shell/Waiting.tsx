import { Button, Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { isFinal, Trouble } from './Trouble.tsx'

/** Nothing is known yet: the shape of what comes, so that nothing jumps when it does. */
export const Waiting = ({ lines = 6 }: { lines?: number }) => (
  <div role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, line) => (
      <Skeleton key={line} height={28} mb={4} />
    ))}
  </div>
)

/** It could not be read: the sentence, and another try where that may help. */
export const Failed = ({ error, again, children }: { error: Error; again: () => unknown; children?: ReactNode }) =>
  isFinal(error) ? (
    <Trouble error={error} />
  ) : (
    <section className="notice is-bad" role="alert">
      <p>{error.message}</p>
      {children}
      <Button onClick={() => void again()}>Try again</Button>
    </section>
  )
