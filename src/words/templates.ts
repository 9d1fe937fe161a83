import {
  type Action,
  actionsOf,
  argumentsOf,
  CATALOGUES,
  entryOf,
  LANGUAGES,
  type Language,
  TEMPLATE_NAMES,
} from './catalogue.ts'
import { fill } from './times.ts'

export type TemplateDefinition = {
  /** Lower snake case, as WhatsApp wants it. */
  name: string
  language: Language
  category: 'UTILITY'
  /** With {{1}}, {{2}} ... */
  body: string
  /** One example of each argument: Meta asks for it. */
  example: string[]
  buttons: { title: string; action: Action }[]
}

/** Every WhatsApp template in every language, for registration and approval. */
export const templates = (): TemplateDefinition[] =>
  LANGUAGES.flatMap((language) =>
    TEMPLATE_NAMES.map((name): TemplateDefinition => {
      const { text } = entryOf(name, language)
      const order = argumentsOf(text)
      return {
        name: vendorName(name),
        language,
        category: 'UTILITY',
        body: fill(text, language, Object.fromEntries(order.map((argument, i) => [argument, `{{${i + 1}}}`]))),
        example: order.map((argument) => EXAMPLES[argument] ?? argument),
        buttons: buttonsOf(name, language),
      }
    }),
  )

/** WhatsApp's name of our template: its own rules allow lower case only. */
export const vendorName = (template: string): string => template.toLowerCase()

export const buttonsOf = (template: string, language: Language): { title: string; action: Action }[] =>
  actionsOf(template).map((action) => ({ title: CATALOGUES[language].buttons[action], action }))

const EXAMPLES: Record<string, string> = {
  name: 'Asha',
  other: 'Ravi Silva',
  waiting: 'Ravi Silva',
  when: 'Thu 12 Mar, 14:00 (your time, Kolkata)',
  oldWhen: 'Wed 11 Mar, 14:00 (your time, Kolkata)',
  join: 'https://sessions.example.org/join/abc',
  manage: 'https://sessions.example.org/m/abc',
  status: 'Asha has said yes.',
  reached: 'We have written to Asha (WhatsApp).',
  times: 'Ravi Silva is free: Fri 13 Mar, 10:00.',
  reason: 'Nothing more is needed from you.',
  programme: 'First steps',
  calendar: 'ravi@example.org',
  notice: 'please tell us early when you cannot come.',
}
