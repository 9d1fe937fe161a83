import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useAct } from '../act.tsx'
import { answer, api } from '../api.ts'
import { useNow } from '../now.ts'
import { among, Following } from './Effects.tsx'
import { Reason } from './Reason.tsx'
import { Sheet } from './Sheet.tsx'

export type BulkAction = 'cancel' | 'offer_times'
export type BulkItem = Awaited<ReturnType<typeof ask>>['items'][number]

type Props = {
  action: BulkAction
  sessionIds: string[]
  zone: string
  close: () => void
  done: () => void
  /** What is lost, in the order in which whoever decides looks at it. */
  children: (items: BulkItem[]) => ReactNode
}

const ask = (json: { sessionIds: string[]; action: BulkAction; reason: string; dryRun: boolean }) =>
  answer(api.api.v1.sessions.bulk.$post({ json }))

/** One act on many sessions: what is lost, everything that follows, one button. */
export function BulkSheet({ action, sessionIds, zone, close, done, children }: Props) {
  const [reason, setReason] = useState('')
  const now = useNow() ?? ''
  const isOffer = action === 'offer_times'
  const preview = useQuery({
    queryKey: ['bulk', action, sessionIds],
    queryFn: () => ask({ sessionIds, action, reason: 'preview', dryRun: true }),
    retry: false,
  })
  const act = useAct({
    act: () => ask({ sessionIds, action, reason: reason.trim(), dryRun: false }),
    said: ({ items }) => said(items, isOffer),
    after: done,
  })
  const items = preview.data?.items ?? []
  const open = items.filter(({ skipped }) => !skipped).length
  const people = items.flatMap((item) => item.people.map(({ id, name }) => ({ personId: id, name })))
  return (
    <Sheet
      title={isOffer ? 'Offer other times' : 'Cancel sessions'}
      close={close}
      act={`Cancel ${open || ''} and ${isOffer ? 'offer other times' : 'tell everybody'}`}
      doIt={() => act.mutate()}
      doing={act}
      isReady={open > 0 && reason.trim() !== ''}
      isDanger
      follows={
        <Following
          asked={{ data: preview.data?.effects, error: preview.error }}
          who={among(people)}
          now={now}
          zone={zone}
        />
      }
    >
      <p className="soft">
        {isOffer
          ? 'These sessions are given up, and their people are asked to choose another time: three free ones stand in the message.'
          : 'These sessions are given up. Whoever is in one is told once, with the reason.'}
      </p>
      {items.length > 0 && children(items)}
      <Reason
        description="Everybody concerned reads it, and it stays on record."
        value={reason}
        set={setReason}
        data-autofocus
      />
    </Sheet>
  )
}

function said(items: BulkItem[], isOffer: boolean): string {
  const stay = items.filter(({ skipped }) => skipped).length
  const gone = items.length - stay
  return [
    `${gone} ${gone === 1 ? 'session is' : 'sessions are'} cancelled. Everybody is told${isOffer ? ', with free times' : ''}.`,
    ...(stay > 0 ? [`${stay} ${stay === 1 ? 'stays' : 'stay'} as before.`] : []),
  ].join(' ')
}
