import type { PeopleAnswer } from './People.tsx'

type Barrier = PeopleAnswer['items'][number]['barriers'][number]

const WHY: Record<Barrier['why'], string> = {
  no_number: 'no number',
  no_consent: 'no consent',
  withdrawn: 'wants no more',
  dead: 'address is dead',
}

/** "WhatsApp: no number" */
export const barrierWords = ({ channel, why }: Barrier): string =>
  `${channel === 'whatsapp' ? 'WhatsApp' : 'Email'}: ${WHY[why]}`
