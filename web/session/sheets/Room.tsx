import { Button, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import type { Desk } from '../desk.ts'
import { Effects } from './Effects.tsx'
import { Halves, type SheetProps, Trouble } from './Sheet.tsx'

const NAMES = { zoom: 'Zoom', meet: 'Google Meet' } as const

/** From Zoom to Meet, or back: everybody's own link stays the same and leads to the new room. */
export function Room({ desk, zone, close }: SheetProps) {
  const [reason, setReason] = useState('')
  const from = desk.session.room === 'meet' ? 'meet' : 'zoom'
  const to = from === 'zoom' ? 'meet' : 'zoom'
  const preview = useQuery({
    queryKey: ['room', desk.session.id, desk.session.revision, to],
    queryFn: () => switchTo(desk, to, 'preview', true),
    retry: false,
  })
  const { mutate, isPending, isWaiting, error } = useAct({
    act: () => switchTo(desk, to, reason.trim(), false),
    said: () => `The session meets in ${NAMES[to]} now. Everybody is told.`,
    undo:
      ({ revision }) =>
      () =>
        switchTo({ ...desk, session: { ...desk.session, revision } }, from, 'undone', false),
    after: close,
  })
  return (
    <Halves
      change={
        <form
          id="room"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim()) mutate()
          }}
        >
          <p>
            From <strong>{NAMES[from]}</strong> to <strong>{NAMES[to]}</strong>. The links in messages stay the same and
            lead to the new room.
          </p>
          {to === 'meet' && (
            <p className="notice is-warn">
              Nobody can see who comes into a Meet room: attendance will be “cannot tell”.
            </p>
          )}
          <Textarea
            label="Why?"
            description="It stays on record."
            required
            data-autofocus
            maxLength={500}
            autosize
            minRows={2}
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </form>
      }
      effects={
        preview.data?.effects ? (
          <Effects follows={preview.data.effects} desk={desk} zone={zone} />
        ) : (
          <p className="soft">{preview.error?.message ?? 'One moment …'}</p>
        )
      }
      commit={
        <>
          <Trouble error={error} isWaiting={isWaiting} />
          <Button
            type="submit"
            form="room"
            variant="filled"
            loading={isPending}
            disabled={!preview.data || reason.trim() === ''}
          >
            Switch and tell everybody
          </Button>
        </>
      }
    />
  )
}

const switchTo = ({ session: { id, revision } }: Desk, room: 'zoom' | 'meet', reason: string, dryRun: boolean) =>
  answer(api.api.v1.sessions[':id'].room.$post({ param: { id }, json: { room, reason, revision, dryRun } }))
