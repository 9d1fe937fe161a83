import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** As somebody at a terminal runs it: another process, the real launcher, its own database. */

const ROOT = join(import.meta.dirname, '..')
const EXAMPLE = join(ROOT, 'examples/first-week')
let folders: string

beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), 'rehearse-test-'))
})
afterAll(() => rm(folders, { recursive: true, force: true }))

test('the first week is rehearsed: everything that operations expect comes true', async () => {
  const { code, stdout, stderr } = await rehearse(EXAMPLE, '--json')
  const { sessions, expectations, sent } = JSON.parse(stdout)
  expect(expectations.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
  expect(code, stderr).toBe(0)

  expect(expectations.length).toBeGreaterThan(35)
  expect(sessions.length).toBeGreaterThan(50)
  expect(sessions[0]).toEqual({
    id: expect.any(String),
    timeline: { entries: expect.any(Array), planned: expect.any(Array) },
  })
  for (const channel of ['whatsapp', 'email', 'slack']) expect(sent[channel], channel).toBeGreaterThan(10)
}, 400_000)

test('what does not come true is named, and the exit says so', async () => {
  const folder = await scenario('wrong', [
    {
      at: '2026-03-22T13:00Z',
      as: 'one',
      book: { mentor: ASHA, mentee: RAVI, startsAt: '2026-03-23T18:00[Asia/Kolkata]' },
    },
    { expect: 'Ravi is told nothing at all', notSent: { to: RAVI } },
    { expect: 'Ravi has his booking', sent: { to: RAVI, meaning: 'booked', session: 'one' } },
  ])
  const { code, stdout } = await rehearse(folder)
  expect(code).toBe(1)
  expect(stdout).toContain('FAIL  Ravi is told nothing at all')
  expect(stdout).toContain('ok    Ravi has his booking')
  expect(stdout).toMatch(/\d\d:\d\d \(\d\d:\d\d UTC\) {2}booking notice to Ravi \(mentee\) by WhatsApp: delivered/)
}, 120_000)

test('a scenario that expects nothing proves nothing', async () => {
  const folder = await scenario('empty', [
    { at: '2026-03-22T13:00Z', hold: { mentor: ASHA, mentee: RAVI, startsAt: '2026-03-23T18:00[Asia/Kolkata]' } },
  ])
  const { code, stdout } = await rehearse(folder)
  expect(code).toBe(1)
  expect(stdout).toContain('Nothing was expected')
}, 120_000)

test('a bad scenario is refused before anything starts, each mistake with its story and step', async () => {
  const folder = await scenario('bad', [{ at: 'tomorrow', bok: {} }, { book: { mentor: ASHA } }])
  const { code, stdout, stderr } = await rehearse(folder)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('scenario.json "A story" step 1 (at): must be like 2026-03-24T09:00Z')
  expect(stderr).toContain('scenario.json "A story" step 1 (bok): is no act')
  expect(stderr).toContain('scenario.json "A story" step 2 (book.mentee)')
  expect((await rehearse(join(folders, 'nowhere'))).stderr).toContain('scenario.json')
}, 60_000)

const ASHA = 'asha.verma@example.com'
const RAVI = 'ravi.shah@example.com'

async function scenario(name: string, steps: object[]): Promise<string> {
  const folder = join(folders, name)
  await cp(EXAMPLE, folder, { recursive: true })
  await writeFile(
    join(folder, 'scenario.json'),
    JSON.stringify({ about: name, stories: [{ story: 'A story', steps }] }),
  )
  return folder
}

function rehearse(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'bin/punctual.mjs'), 'rehearse', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (said.stdout += chunk))
  child.stderr.on('data', (chunk) => (said.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...said }))
  })
}
