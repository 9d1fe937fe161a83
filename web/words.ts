// The words that people use for what is stored; never a code on a page. A tone is a shape first, a colour third.

export type Tone = 'good' | 'warn' | 'bad' | 'open' | 'off'

export const ANSWERS: Record<string, readonly [Tone, string]> = {
  coming: ['good', 'confirmed'],
  cant_come: ['bad', 'can’t come'],
  wants_to_move: ['warn', 'wants to move'],
}

export const VERDICTS: Record<string, readonly [Tone, string]> = {
  present: ['good', 'present'],
  late: ['good', 'late'],
  left_early: ['warn', 'left early'],
  absent: ['bad', 'absent'],
  cannot_tell: ['warn', 'cannot tell'],
}

export const CHANNELS: Record<string, string> = { whatsapp: 'WhatsApp', email: 'email', slack: 'Slack' }
