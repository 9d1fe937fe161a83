import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** As whom the server's programs run, and to whom its files belong. */
export type Identity = {
  owner: number | undefined
  spawn: (program: string, args: string[], options: SpawnOptions) => ChildProcess
}

const NOBODY = 65_534

// The child sees itself as an ordinary user while its files stay root's, so a folder only root can enter is no obstacle.
const UNSHARE = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`]

/**
 * PostgreSQL refuses to run as root. Not root: as we are. Root: in a user namespace of its own; where the container
 * forbids those, as `nobody`, which must then be able to enter `folder` and the installed packages.
 */
export function serverIdentity(folder: string): Identity {
  if (process.getuid?.() !== 0) return { owner: undefined, spawn }
  if (spawnSync('unshare', [...UNSHARE, 'true']).status === 0) {
    lchownSync(folder, 0, 0)
    return { owner: 0, spawn: (program, args, options) => spawn('unshare', [...UNSHARE, program, ...args], options) }
  }
  lchownSync(folder, NOBODY, NOBODY)
  const places = [folder, import.meta.dirname]
  const reachable = places.every((place) => spawnSync('ls', [place], { uid: NOBODY, gid: NOBODY }).status === 0)
  if (reachable) {
    return {
      owner: NOBODY,
      spawn: (program, args, options) => spawn(program, args, { ...options, uid: NOBODY, gid: NOBODY }),
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and this system allows no user namespace. ' +
      `Start Punctual as another user, let everybody enter ${places.join(' and ')}, or set DATABASE_URL.`,
  )
}

/** Makes a file, or a folder with all that is in it, the server's own. Costs one look when it already is. */
export function giveTo({ owner }: Identity, path: string): void {
  if (owner === undefined || lstatSync(path).uid === owner) return
  const found = lstatSync(path)
  if (found.isDirectory()) for (const name of readdirSync(path)) giveTo({ owner, spawn }, join(path, name))
  lchownSync(path, owner, owner)
}
