import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Locked = {
  version: string
  integrity?: string
  license?: string
  dev?: boolean
  optional?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** SPDX's names of the licences we have met; any other word is kept as the package wrote it. */
const SPDX = new Set(['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'MPL-2.0', '0BSD'])

/**
 * A CycloneDX 1.6 document of everything that an installation for production may bring along, the packages of every platform
 * included, out of the lockfile alone: the same lockfile makes the same document, without a network and without an npm that can.
 */
export function sbom(lockfile: string): Record<string, unknown> {
  const packages: Record<string, Locked> = JSON.parse(lockfile).packages
  const root = packages[''] as Locked
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
  const hash = createHash('sha256').update(lockfile).digest('hex')
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    // A version 8 UUID (RFC 9562) of the lockfile, so that two documents of one state have one name.
    serialNumber: `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'pre-build' }],
      component: {
        type: 'application',
        'bom-ref': refOf('punctual', root),
        name: 'punctual',
        version: root.version,
        licenses: licence(root.license),
        purl: purlOf('punctual', root),
      },
    },
    components: shipped.map(([path, locked]) => component(path, locked)),
    dependencies: [
      { ref: refOf('punctual', root), dependsOn: needs(packages, '', root) },
      ...shipped.map(([path, locked]) => ({
        ref: refOf(nameOf(path), locked, path),
        dependsOn: needs(packages, path, locked),
      })),
    ],
  }
}

function component(path: string, locked: Locked): Record<string, unknown> {
  const name = nameOf(path)
  const [group, plain] = name.startsWith('@') ? (name.split('/') as [string, string]) : [undefined, name]
  return {
    type: 'library',
    'bom-ref': refOf(name, locked, path),
    ...(group ? { group } : {}),
    name: plain,
    version: locked.version,
    scope: locked.optional ? 'optional' : 'required',
    licenses: licence(locked.license),
    purl: purlOf(name, locked),
    ...(locked.integrity ? { hashes: [hashOf(locked.integrity)] } : {}),
  }
}

const licence = (said: string | undefined): unknown[] => {
  if (!said) return []
  if (/ (OR|AND|WITH) /.test(said)) return [{ expression: said }]
  return [{ license: SPDX.has(said) ? { id: said } : { name: said } }]
}

/** npm looks beside the package first and then upwards; peers and platform packages that the lockfile leaves out are not there. */
function needs(packages: Record<string, Locked>, path: string, locked: Locked): string[] {
  const names = Object.keys({ ...locked.peerDependencies, ...locked.dependencies, ...locked.optionalDependencies })
  return names.flatMap((name) => {
    for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
      const found = packages[candidate]
      if (found) return found.dev ? [] : [refOf(name, found, candidate)]
      if (folder === '') return []
    }
  })
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

const refOf = (name: string, { version }: Locked, path = ''): string =>
  path.lastIndexOf('/node_modules/') > 0 ? `${path}@${version}` : `${name}@${version}`

const purlOf = (name: string, { version }: Locked): string => `pkg:npm/${name.replace('@', '%40')}@${version}`

function hashOf(integrity: string): { alg: string; content: string } {
  const [algorithm = '', digest = ''] = integrity.split(/-(.*)/s)
  return {
    alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
    content: Buffer.from(digest, 'base64').toString('hex'),
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const to = process.argv[2] ?? join(root, 'sbom.cdx.json')
  const document = sbom(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  writeFileSync(to, `${JSON.stringify(document, null, 2)}\n`)
  console.log(`${(document.components as unknown[]).length} packages in ${to}`)
}
