import type { Answer } from '../playbook/answers.ts'
import { en } from './en.ts'
import { hi } from './hi.ts'

/** What can be answered with one press; the meaning of the reply that it becomes. */
export type Action = Answer

/** One language. Texts are ICU MessageFormat; WhatsApp allows only plain arguments in `templates`, in any order. */
export type Catalogue = {
  /** By name of the template without MENTORSHIP_SESSION_ and, where both roles read the same, without _TO_MENTOR. */
  templates: Record<string, { subject: string; text: string }>
  /** Appended to a notice that also asks. */
  ask: string
  buttons: Record<Action, string>
  phrases: Record<string, string>
}

export type Language = 'en' | 'hi'
export const LANGUAGES: Language[] = ['en', 'hi']
export const CATALOGUES: Record<Language, Catalogue> = { en, hi }

/** 'hi-IN' reads Hindi; what we do not speak is said in English. */
export function languageOf(locale: string): Language {
  const wanted = locale.toLowerCase().split(/[-_]/)[0]
  return LANGUAGES.find((l) => l === wanted) ?? 'en'
}

const PREFIX = 'MENTORSHIP_SESSION_'
const ROLES = ['MENTOR', 'MENTEE'] as const

/** Every template there is, by full name. */
export const TEMPLATE_NAMES: string[] = [
  ...['BOOKED', 'MOVED', 'ROOM_CHANGED', 'MERGED', 'UNMERGED'].flatMap((n) => [
    ...both(n),
    `${PREFIX}${n}_AND_CONFIRM_TO_MENTEE`,
  ]),
  ...['CANCELLED', 'RELEASED', 'MERGED_AWAY', 'REMINDER_4_HOURS', 'REMINDER_30_MINUTES', 'REMINDER_5_MINUTES'].flatMap(
    both,
  ),
  ...[
    'NUDGE',
    'WAITING',
    'WAITING_CHOICES',
    'NOBODY',
    'CORRECTION',
    'CORRECTION_CAME',
    'CORRECTION_WROTE',
    'FOLLOW_UP',
    'TOOK_PLACE',
  ].flatMap(both),
  'ACCOUNT_INVITATION',
  'CALENDAR_CONNECTION_BROKEN',
  'POLICY_NOTICE',
]

function both(name: string): string[] {
  return ROLES.map((role) => `${PREFIX}${name}_TO_${role}`)
}

/** Subject and text of a template in one language; throws for a name that is not in the catalogue (our own bug). */
export function entryOf(template: string, language: Language): { subject: string; text: string } {
  const { templates, ask } = CATALOGUES[language]
  const name = template.replace(PREFIX, '')
  const plain = name.replace('_AND_CONFIRM', '')
  const entry = templates[plain] ?? templates[plain.replace(/_TO_(MENTOR|MENTEE)$/, '')]
  if (!entry) throw new Error(`No words for ${template} in ${language}`)
  return name === plain ? entry : { ...entry, text: `${entry.text}\n\n${ask}` }
}

const CONFIRM: Action[] = ['coming', 'cant_come', 'wants_to_move']
const BUTTONS: Record<string, Action[]> = {
  REMINDER_4_HOURS_TO_MENTEE: CONFIRM,
  NUDGE: ['late_5', 'late_10', 'cant_come'],
  WAITING_CHOICES: ['wait', 'shorten', 'wants_to_move', 'leave'],
  NOBODY: ['late_5', 'late_10', 'cant_come'],
  FOLLOW_UP: ['was_there', 'wants_to_move'],
  TOOK_PLACE: ['took_place', 'did_not_take_place'],
}

export function actionsOf(template: string): Action[] {
  const name = template.replace(PREFIX, '')
  if (name.includes('_AND_CONFIRM')) return CONFIRM
  return BUTTONS[name] ?? BUTTONS[name.replace(/_TO_(MENTOR|MENTEE)$/, '')] ?? []
}

/** Names of the arguments of a text, in the order of their first use: WhatsApp's {{1}}, {{2}} ... */
export const argumentsOf = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string)),
]
