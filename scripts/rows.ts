/**
 * Writes src/database/rows.ts from a freshly migrated database, or with --verify compares the two and exits 1 when they
 * differ: the compiler then knows the tables as the migrations make them, and nobody describes them twice.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../src/database/embedded.ts'
import { migrate } from '../src/database/migrate.ts'

const ROWS = join(import.meta.dirname, '../src/database/rows.ts')

const TYPES = {
  timestamptz: 'Temporal.Instant',
  tstzrange: 'IntervalColumn',
  int8: 'number',
  date: 'string',
  time: 'string',
  jsonb: 'JsonColumn',
}
const IMPORT = 'import type { IntervalColumn, JsonColumn } from "./values.ts";\n'

const dir = mkdtempSync(join(tmpdir(), 'punctual-rows-'))
const server = await startEmbedded(join(dir, 'data'), { settings: { fsync: 'off' } })
try {
  const now = Temporal.Instant.fromEpochMilliseconds(0)
  await migrate(server.url, { mode: 'sandbox', now })
  const written = generate(server.url, join(dir, 'rows.ts'))
  if (!process.argv.includes('--verify')) writeFileSync(ROWS, written)
  else if (written !== readFileSync(ROWS, 'utf8')) {
    console.error('src/database/rows.ts does not fit the migrations: run `npm run rows` and commit it.')
    process.exitCode = 1
  }
} finally {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
}

function generate(url: string, file: string): string {
  const args = ['--dialect', 'postgres', '--url', url, '--out-file', file, '--type-only-imports']
  args.push('--type-mapping', JSON.stringify(TYPES))
  args.push('--exclude-pattern', 'sandbox.*', '--log-level', 'warn')
  const codegen = join(import.meta.dirname, '../node_modules/kysely-codegen/dist/cli/bin.js')
  const { status } = spawnSync(process.execPath, [codegen, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`kysely-codegen ended with ${status}.`)
  // The generator takes custom imports, but leaves them out when only the mapping names them.
  return readFileSync(file, 'utf8').replace(/^import .*\n/m, (line) => line + IMPORT)
}
