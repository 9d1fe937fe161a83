import { en, type Words } from './en.ts'
import { hi } from './hi.ts'

export type { Words }

const LANGUAGES: Record<string, Words> = { en, hi }

/** The catalogue for an account's locale ("hi-IN" is "hi"), English where we have no other. */
export function wordsFor(locale: string): { lang: string; words: Words } {
  const lang = locale.toLowerCase().split('-')[0] ?? 'en'
  const words = LANGUAGES[lang]
  return words ? { lang, words } : { lang: 'en', words: en }
}
