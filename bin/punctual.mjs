#!/usr/bin/env node
// npm and npx start this with the machine's Node. It installs what is missing, then hands over to the packaged Node 26.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ensureDependencies, INNER_NODE } from '../scripts/ensure-deps.mjs'
import { ensureWeb } from '../scripts/ensure-web.mjs'

ensureDependencies()
// Only who serves the pages waits for them to be built.
if ((process.argv[2] ?? 'start') === 'start') ensureWeb()

const follow = new URL('./follow-launcher.mjs', import.meta.url).href
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
// Reading our sources is half of a start: what Node made of them the last time is kept beside the packages.
const kept = fileURLToPath(new URL('../node_modules/.cache/punctual', import.meta.url))
// By itself V8 takes memory by what the machine has: it keeps 60 MB for what is young, and lets garbage grow to four times what
// lives. A server that mostly waits needs neither: half of the memory after a busy week, at the same speed.
const frugal = ['--max-semi-space-size=8', '--heap-growing-percent=100']
const child = spawn(INNER_NODE, [...frugal, '--import', follow, main, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { NODE_COMPILE_CACHE: kept, ...process.env },
})

// npm passes a signal on that the terminal has sent to everybody already: one of a kind a second is enough.
const passedOnAt = new Map()
function passOn(signal) {
  if (signal === 'SIGINT' && process.stdin.isTTY) return // Ctrl-C reached the app by itself.
  if (performance.now() - (passedOnAt.get(signal) ?? Number.NEGATIVE_INFINITY) < 1_000) return
  passedOnAt.set(signal, performance.now())
  child.kill(signal)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn)
child.on('error', (error) => {
  console.error(`The packaged Node could not be started: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
