import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

type ColorScheme = 'light' | 'dark'

/** What is wrong with the page as it stands, in light and in the dark: accessibility, and anything wider than the screen. */
export async function flawsInBoth(page: Page): Promise<string[]> {
  const light = await flawsOf(page, { colorScheme: 'light' })
  const dark = await flawsOf(page, { colorScheme: 'dark' })
  await turn(page, 'light')
  return [...light, ...dark]
}

/** The same in one of them: every rule in light; in the dark only the colours are others, so only contrast is looked at. */
export async function flawsOf(page: Page, { colorScheme }: { colorScheme: ColorScheme }): Promise<string[]> {
  await turn(page, colorScheme)
  // No blank page to finish in, and no nodes gathered for rules that are kept: half of the time otherwise. No frame of ours is looked into.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] })
  const { violations } = await (colorScheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze()
  const isWide = colorScheme === 'light' && (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
  return [
    ...violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes[0]?.html.slice(0, 200)}`),
    ...(isWide ? ['wider than the screen'] : []),
  ]
}

/** Light pages follow the media at once; the app once it has been told. */
async function turn(page: Page, colorScheme: ColorScheme): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html:not([data-mantine-color-scheme]), html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
}
