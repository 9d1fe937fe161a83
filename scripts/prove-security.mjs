import { spawnSync } from 'node:child_process'

// The tests that `npm test` runs in their small size, in full: more flipped bits, more replays, more probes.
const FILES = [
  'test/authorization.test.ts',
  'test/forging.test.ts',
  'test/audit.test.ts',
  'test/privacy.test.ts',
  'test/links.test.ts',
]
const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname
const { status } = spawnSync(process.execPath, [vitest, 'run', ...FILES, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, PUNCTUAL_PROOF: 'full' },
})
process.exitCode = status ?? 1
