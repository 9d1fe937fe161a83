import { Button } from '@mantine/core'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import { Reason } from '../../desk/Reason.tsx'
import { Sheet } from '../../desk/Sheet.tsx'
import { Trouble } from '../../desk/Trouble.tsx'
import { near } from '../../times.ts'
import { ACTS, CHANNELS, SENT } from '../../words.ts'
import type { LaneItem } from '../desk.ts'
import type { SheetProps } from './SessionSheet.tsx'

const TROUBLED = ['failed', 'claimed']

/** Messages that did not arrive, or nobody knows: once more, or by the other channel. */
export function Reach({ desk, zone, close }: SheetProps) {
  const [reason, setReason] = useState('Did not arrive')
  const stuck = desk.lanes.done.flatMap((item) =>
    item.deliveries
      .filter(({ state, channel }) => TROUBLED.includes(state) && channel !== 'slack')
      .map((delivery) => ({ item, delivery })),
  )
  return (
    <Sheet
      title={ACTS.message}
      close={close}
      follows={
        <ul className="effects">
          <li>The message goes out at once, to the address that is true now, if it still should be said.</li>
          <li>When nobody knows whether it arrived, the person may read it twice.</li>
          <li>The other channel is used only where the person can be reached by it and agreed to it.</li>
        </ul>
      }
    >
      {stuck.length === 0 ? (
        <p>
          <span className="state is-good">Every message of this session that was due has gone out.</span>
        </p>
      ) : (
        <>
          <Reason value={reason} set={setReason} />
          <ul className="effects">
            {stuck.map(({ item, delivery }) => (
              <Stuck
                key={delivery.id}
                item={item}
                delivery={delivery}
                zone={zone}
                now={desk.now}
                reason={reason.trim()}
              />
            ))}
          </ul>
        </>
      )}
    </Sheet>
  )
}

type StuckProps = {
  item: LaneItem
  delivery: LaneItem['deliveries'][number]
  zone: string
  now: string
  reason: string
}

function Stuck({ item, delivery, zone, now, reason }: StuckProps) {
  const { id, channel, state } = delivery
  const other = channel === 'whatsapp' ? 'email' : 'whatsapp'
  const send = { param: { id }, json: { reason } }
  const again = useAct({
    act: () => answer(api.api.v1.deliveries[':id'].retry.$post(send)),
    said: () => 'It goes out again.',
  })
  const elsewhere = useAct({
    act: () => answer(api.api.v1.deliveries[':id']['other-channel'].$post(send)),
    said: () => `It goes out by ${CHANNELS[other]}.`,
  })
  return (
    <li>
      <bdi>{item.text.split(':')[0]}</bdi> to the {item.lane}, {CHANNELS[channel]}: {SENT[state] ?? state}{' '}
      {near(item.at, now, zone)}
      <p className="acts">
        <Button loading={again.isPending} disabled={reason === ''} onClick={() => again.mutate()}>
          Send it again
        </Button>
        <Button loading={elsewhere.isPending} disabled={reason === ''} onClick={() => elsewhere.mutate()}>
          Send it by {CHANNELS[other]}
        </Button>
      </p>
      <Trouble error={again.error ?? elsewhere.error} isWaiting={again.isWaiting || elsewhere.isWaiting} />
    </li>
  )
}
