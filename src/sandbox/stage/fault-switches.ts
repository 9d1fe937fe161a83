import { html } from 'hono/html'
import type { Markup } from '../../pages/page.ts'
import type { Fault, FaultKind, Vendor } from '../faults.ts'
import type { World } from '../world.ts'
import type { Scene } from './scene.ts'

type Switch = { vendor: Vendor; kind: FaultKind; words: string; parameter?: number }

/** What can go wrong, said as people notice it. A fault set over the API that is not listed here is shown by its names. */
export const SWITCHES: readonly Switch[] = [
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

export async function faultSwitches(world: World, scene: Scene): Promise<Markup> {
  const on = await world.faults.list()
  const isOn = ({ vendor, kind }: Pick<Fault, 'vendor' | 'kind'>) =>
    on.find((fault) => fault.vendor === vendor && fault.kind === kind)
  const others = on
    .filter((fault) => !SWITCHES.some(({ vendor, kind }) => vendor === fault.vendor && kind === fault.kind))
    .map(({ vendor, kind }): Switch => ({ vendor, kind, words: `${vendor}: ${kind.replaceAll('_', ' ')}` }))
  return html`<section class="panel" aria-labelledby="faults"><h2 id="faults">Let something go wrong</h2>
<form method="post" action="/sandbox/world/faults"><ul class="faults">${[...SWITCHES, ...others].map((one) => {
    const fault = isOn(one)
    return html`<li><span>${one.words}${fault ? html` <span class="state is-bad">on${fault.fired > 0 ? `, struck ${fault.fired} ${fault.fired === 1 ? 'time' : 'times'}` : ''}</span>` : ''}</span><button class="is-quiet" name="${fault ? 'off' : 'on'}" value="${one.vendor} ${one.kind}"><span class="hidden">${one.words}: </span>${fault ? 'Switch off' : 'Switch on'}</button></li>`
  })}</ul>${scene.back('faults')}</form></section>`
}
