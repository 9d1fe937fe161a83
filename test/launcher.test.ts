import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isAlive } from '../src/database/embedded/alive.ts'

const ROOT = join(import.meta.dirname, '..')
// Stands where the app stands and tells what reached it.
const MAIN = `
process.on('SIGTERM', () => process.exit(7))
const args: string[] = process.argv.slice(2)
console.log(JSON.stringify({ args, pid: process.pid, cwd: process.cwd(), version: process.version }))
if (args[0] === 'serve') setInterval(() => {}, 60_000)
else process.exitCode = 3
`

let checkout: string
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'punctual-launcher-'))
  for (const path of ['bin', 'scripts', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, path), join(checkout, path), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'), 'dir')
  mkdirSync(join(checkout, 'src'))
  writeFileSync(join(checkout, 'src/main.ts'), MAIN)
})
afterAll(() => rmSync(checkout, { recursive: true, force: true }))

test('from any folder it runs the packaged Node with all arguments, and ends as the app ends', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(checkout, 'bin/punctual.mjs'), 'import', 'a folder', '--dry-run'],
    {
      cwd: '/',
      encoding: 'utf8',
    },
  )
  expect(JSON.parse(stdout)).toMatchObject({
    args: ['import', 'a folder', '--dry-run'],
    cwd: '/',
    version: process.version,
  })
  expect(status).toBe(3)
})

test('a request to stop reaches the app, and its answer comes back', async () => {
  const { launcher } = await serve()
  launcher.kill('SIGTERM')
  expect(await once(launcher, 'exit')).toEqual([7, null])
})

test('kill -9 of the launcher takes the app with it', async () => {
  const { launcher, pid } = await serve()
  launcher.kill('SIGKILL')
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false)
})

async function serve(): Promise<{ launcher: ChildProcess; pid: number }> {
  const launcher = spawn(process.execPath, [join(checkout, 'bin/punctual.mjs'), 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(launcher.stdout), 'line')
  return { launcher, pid: JSON.parse(line).pid }
}
