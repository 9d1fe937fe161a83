import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { Problem } from './api.ts'
import { queries } from './queries.ts'

/** Three tries over some seconds: a lost answer is asked for again. Every act here may be repeated without being done twice. */
const TRIES = 3

type Act<Input, Output> = {
  act: (input: Input) => Promise<Output>
  /** What was done, as a sentence. */
  said: (output: Output) => string
  /** Where an act can be taken back: how. */
  undo?: (output: Output, input: Input) => (() => Promise<unknown>) | null
  after?: (output: Output) => void
}

/**
 * An act of ops: pending at once, tried again when no answer came, everything shown is asked anew after it, and where it can be
 * undone the notification offers to. `isWaiting`: the connection is gone; it goes on by itself when it is back.
 */
export function useAct<Input, Output>({ act, said, undo, after }: Act<Input, Output>) {
  const mutation = useMutation({
    mutationFn: act,
    retry: (failures, error) => failures < TRIES && error instanceof Problem && error.status === 0,
    retryDelay: (failures) => 500 * 2 ** failures,
    onSuccess: (output, input) => {
      void queries.invalidateQueries()
      after?.(output)
      tell(said(output), undo?.(output, input) ?? null)
    },
  })
  return { ...mutation, isWaiting: mutation.isPaused || (mutation.isPending && mutation.failureCount > 0) }
}

function tell(sentence: string, undo: (() => Promise<unknown>) | null): void {
  const id = notifications.show({
    message: (
      <span className="told">
        {sentence}
        {undo && (
          <Button
            onClick={() => {
              notifications.hide(id)
              void takeBack(undo)
            }}
          >
            Undo
          </Button>
        )}
      </span>
    ),
    autoClose: undo ? 15_000 : 5_000,
    withCloseButton: true,
    closeButtonProps: { 'aria-label': 'Close this message' },
  })
}

async function takeBack(undo: () => Promise<unknown>): Promise<void> {
  try {
    await undo()
    notifications.show({ message: 'Undone. Everybody who was told is told again.' })
  } catch (error) {
    const why = error instanceof Error ? error.message : 'It could not be undone.'
    notifications.show({ message: why, color: 'red', autoClose: false })
  }
  await queries.invalidateQueries()
}
