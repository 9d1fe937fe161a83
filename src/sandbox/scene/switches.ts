import type { FaultKind, Vendor } from '../faults.ts'
import type { World } from '../world.ts'

type Switch = { vendor: Vendor; kind: FaultKind; words: string; parameter?: number }

/** What can go wrong, said as people notice it. A fault set over the API that is not listed here is shown by its names. */
const SWITCHES: readonly Switch[] = [
  { vendor: 'whatsapp', kind: 'lost_answer', words: 'WhatsApp’s answers are lost' },
  { vendor: 'whatsapp', kind: 'outage', words: 'WhatsApp is down' },
  { vendor: 'whatsapp', kind: 'late_webhook', words: 'Replies and receipts arrive 10 min late', parameter: 10 },
  { vendor: 'zoom', kind: 'late_webhook', words: 'Zoom events arrive 25 min late', parameter: 25 },
  { vendor: 'zoom', kind: 'duplicate_webhook', words: 'Zoom says everything twice' },
  { vendor: 'zoom', kind: 'reordered_webhook', words: 'Zoom events come out of order' },
  { vendor: 'zoom', kind: 'forged_webhook', words: 'Somebody forges Zoom events' },
  { vendor: 'zoom', kind: 'outage', words: 'Zoom is down' },
  { vendor: 'google', kind: 'revoked_token', words: 'Google takes our access back' },
  { vendor: 'google', kind: 'outage', words: 'Google Calendar is down' },
  { vendor: 'slack', kind: 'outage', words: 'Slack is down' },
  { vendor: 'email', kind: 'outage', words: 'The mail server is down' },
]

/** Every switch, whether it is on, and how often it has struck since. Set and cleared at `/sandbox/faults`. */
export async function switches(world: World) {
  const on = await world.faults.list()
  const others = on
    .filter((fault) => !SWITCHES.some(({ vendor, kind }) => vendor === fault.vendor && kind === fault.kind))
    .map(({ vendor, kind }): Switch => ({ vendor, kind, words: `${vendor}: ${kind.replaceAll('_', ' ')}` }))
  return [...SWITCHES, ...others].map(({ vendor, kind, words, parameter }) => {
    const fault = on.find((one) => one.vendor === vendor && one.kind === kind)
    return {
      vendor,
      kind,
      words,
      isOn: fault !== undefined,
      struck: fault?.fired ?? 0,
      ...(parameter === undefined ? {} : { parameter }),
    }
  })
}
