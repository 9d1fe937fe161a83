// Builds the app for mentors and ops when it was never built or its sources changed. Plain JavaScript, like ensure-deps.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { ensureDependencies, INNER_NODE } from './ensure-deps.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const WEB = join(ROOT, 'web')
const DIST = join(WEB, 'dist')
const STAMP = 'built-from'
const VITE = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')

/** Leaves a built app in web/dist, made from the sources as they are now. Ends the process with a sentence when it cannot. */
export function ensureWeb() {
  const sources = hashOfSources()
  const stamp = join(DIST, STAMP)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return
  // A machine that only serves has no build tools: it takes what came with the release.
  if (!existsSync(VITE) && existsSync(stamp)) return
  build(sources)
}

function hashOfSources() {
  const files = readdirSync(WEB, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.startsWith(DIST))
    .concat(join(ROOT, 'src', 'pages', 'tokens.css'), join(ROOT, 'package-lock.json'))
    .sort()
  const hash = createHash('sha256')
  for (const file of files) hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

// Into a folder of its own, then put in place at once: a start at the same time serves the old one or the new one, whole.
function build(sources) {
  const folder = mkdtempSync(join(WEB, 'dist-'))
  const { status, stdout, stderr } = spawnSync(INNER_NODE, [VITE, 'build', WEB, '--logLevel', 'warn'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PUNCTUAL_WEB_OUT: folder, NODE_ENV: 'production' },
  })
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    console.error(`The app could not be built:\n${stdout}${stderr}`)
    process.exit(status ?? 1)
  }
  for (const name of readdirSync(join(folder, 'assets'))) {
    if (!/\.(js|css|svg)$/.test(name)) continue
    const file = join(folder, 'assets', name)
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }))
  }
  writeFileSync(join(folder, STAMP), sources)
  rmSync(DIST, { recursive: true, force: true })
  try {
    renameSync(folder, DIST)
  } catch {
    // Somebody else was a moment faster, with the same sources.
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  ensureDependencies()
  ensureWeb()
}
