import { describe, expect, test } from 'vitest'
import { argumentsOf, CATALOGUES, entryOf, LANGUAGES, languageOf, TEMPLATE_NAMES } from './catalogue.ts'
import { en } from './en.ts'
import { templates } from './templates.ts'

const shape = (value: unknown): unknown =>
  value && typeof value === 'object'
    ? Object.fromEntries(
        Object.entries(value)
          .sort()
          .map(([k, v]) => [k, shape(v)]),
      )
    : 'text'

test.each(LANGUAGES)('%s has every text that English has, and no other', (language) => {
  expect(shape(CATALOGUES[language])).toEqual(shape(en))
})

test.each(LANGUAGES)('%s says the same things with the same arguments', (language) => {
  for (const name of TEMPLATE_NAMES) {
    expect(argumentsOf(entryOf(name, language).text).sort(), name).toEqual(argumentsOf(entryOf(name, 'en').text).sort())
  }
})

test('an unknown language reads English', () => {
  expect([languageOf('hi-IN'), languageOf('en-GB'), languageOf('pt-BR')]).toEqual(['hi', 'en', 'en'])
})

describe('the rules of WhatsApp', () => {
  test.each(templates().map((t) => [`${t.name} ${t.language}`, t] as const))(
    '%s',
    (_name, { name, body, buttons, example }) => {
      expect(name).toMatch(/^[a-z0-9_]{1,512}$/)
      expect(body.length).toBeLessThanOrEqual(1024)
      // Meta refuses a body that begins or ends with an argument, or has two side by side.
      expect(body).not.toMatch(/^\s*\{\{|\}\}\s*$|\}\}\s*\{\{/)
      const numbers = [...body.matchAll(/\{\{(\d+)\}\}/g)].map((m) => Number(m[1]))
      expect([...new Set(numbers)]).toEqual(example.map((_, i) => i + 1))
      for (const { title } of buttons) expect(title.length, title).toBeLessThanOrEqual(20)
      expect(new Set(buttons.map((b) => b.title)).size).toBe(buttons.length)
    },
  )
})

test('the article’s names are there', () => {
  for (const tier of ['4_HOURS', '30_MINUTES', '5_MINUTES']) {
    for (const role of ['MENTOR', 'MENTEE'])
      expect(TEMPLATE_NAMES).toContain(`MENTORSHIP_SESSION_REMINDER_${tier}_TO_${role}`)
  }
})

test.each(LANGUAGES)('%s never calls anybody a no-show, absent or failed', (language) => {
  expect(JSON.stringify(CATALOGUES[language])).not.toMatch(/no.?show|absent|failed|अनुपस्थित|ग़ैरहाज़िर|गैरहाजिर/i)
})
