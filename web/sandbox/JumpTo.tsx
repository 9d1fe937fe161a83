import { Button, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import { city, instantOf, localOf } from '../times.ts'

/** To any later time, typed in one's own zone. */
export function JumpTo({
  isOpen,
  close,
  now,
  zone,
  jump,
}: {
  isOpen: boolean
  close: () => void
  now: string
  zone: string
  jump: (to: string) => void
}) {
  const [typed, setTyped] = useState('')
  const local = typed || localOf(now, zone)
  const to = instantOf(local, zone) ?? now
  const isBack = Date.parse(to) < Date.parse(now)
  return (
    <Modal opened={isOpen} onClose={close} title="Jump to a time">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isBack) return
          close()
          setTyped('')
          jump(to)
        }}
      >
        <TextInput
          type="datetime-local"
          label={`Time in ${city(zone)}`}
          value={local}
          min={localOf(now, zone)}
          error={isBack ? 'The clock only goes forward.' : null}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          required
          data-autofocus
        />
        <Button type="submit" variant="filled" mt="md" disabled={isBack}>
          Jump
        </Button>
      </form>
    </Modal>
  )
}
