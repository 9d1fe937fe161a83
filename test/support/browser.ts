import { type Browser, chromium } from 'playwright-core'

/** The Chromium from npm, or the one that CHROME names; null where neither runs. */
export async function openBrowser(): Promise<Browser | null> {
  try {
    if (process.env.CHROME) return await chromium.launch({ executablePath: process.env.CHROME, args: ['--no-sandbox'] })
    process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x'
    const packed = (await import('@sparticuz/chromium')).default
    // One process for everything dies with its first closed page; web security is part of what is tested.
    const args = packed.args.filter((arg) => !/single-process|web-security|zygote/.test(arg))
    return await chromium.launch({ executablePath: await packed.executablePath(), args, headless: true })
  } catch {
    return null
  }
}
