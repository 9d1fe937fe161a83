import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

// Every bench in its own process, one after the other: they share two cores, so never at once.
const others = ['all.ts', 'report.ts']
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !others.includes(name))
const missed = names.filter((name) => {
  console.log(`\n# ${name.replace('.ts', '')}`)
  return spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' }).status !== 0
})
console.log(missed.length === 0 ? '\nEvery goal was met.' : `\nNot every goal was met in: ${missed.join(', ')}`)
process.exitCode = missed.length === 0 ? 0 : 1
