import type { Me } from '../me.ts'

/** Where one can go, by who one is; `keys` after `g` goes there from anywhere. */
export type Place = {
  to: string
  name: string
  keys?: string
  group: 'The day' | 'The programme' | 'The installation' | 'Mine' | 'Sandbox'
}

const OPS: Place[] = [
  { to: '/today', name: 'Today', keys: 't', group: 'The day' },
  { to: '/conflicts', name: 'Conflicts', keys: 'c', group: 'The day' },
  { to: '/deliveries', name: 'Deliveries', keys: 'd', group: 'The day' },
  { to: '/merge', name: 'Merge', keys: 'j', group: 'The day' },
  { to: '/people', name: 'People', keys: 'p', group: 'The programme' },
  { to: '/programmes', name: 'Programmes', keys: 'r', group: 'The programme' },
  { to: '/numbers', name: 'Numbers', keys: 'n', group: 'The programme' },
  { to: '/connections', name: 'Hosts and connections', keys: 'o', group: 'The installation' },
  { to: '/audit', name: 'Audit', keys: 'a', group: 'The installation' },
]
const SANDBOX: Place[] = [{ to: '/sandbox', name: 'Time and world', keys: 's', group: 'Sandbox' }]
const MENTOR: Place[] = [
  { to: '/sessions', name: 'Your sessions', keys: 'm', group: 'Mine' },
  { to: '/week', name: 'Week', keys: 'w', group: 'Mine' },
  { to: '/hours', name: 'Hours', keys: 'h', group: 'Mine' },
  { to: '/start', name: 'First steps', keys: 'f', group: 'Mine' },
]

export const placesFor = ({ ops, mode, person }: Me): Place[] => [
  ...(ops ? OPS : []),
  ...(person?.roles.includes('mentor') ? MENTOR : []),
  ...(ops && mode === 'sandbox' ? SANDBOX : []),
]
