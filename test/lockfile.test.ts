import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Locked = { version?: string; resolved?: string; optionalDependencies?: Record<string, string> }

const lockfile = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')
const packages = Object.entries<Locked>(JSON.parse(lockfile).packages)
const paths = new Set(packages.map(([path]) => path))

// `npm ci` refuses a lockfile that leaves one out, even one meant for another system; an install against a registry that
// does not carry it leaves it out silently.
test('the lockfile names the packages of every platform, so a fresh clone installs', () => {
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !paths.has(`node_modules/${name}`) && !paths.has(`${path}/node_modules/${name}`),
    ),
  )
  expect(missing).toEqual([])
})

test('the lockfile fits any registry', () => {
  expect(packages.filter(([, { resolved }]) => resolved).map(([path]) => path)).toEqual([])
})
