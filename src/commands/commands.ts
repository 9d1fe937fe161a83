import { createRequire } from 'node:module'
import type { Config } from '../config.ts'
import { BadConfiguration } from '../config.ts'
import type { OpenDatabase } from '../database/embedded/beside.ts'
import { FolderInUse } from '../database/embedded/folder-lock.ts'
import { MigrationRefused } from '../database/migrate.ts'
import type { Database } from '../database/pool.ts'
import { Refusal } from '../errors.ts'
import type { Running, StartOptions } from '../main.ts'
import type { Vendors } from '../vendors/vendors.ts'

export type Tools = {
  startPunctual(env: Record<string, string | undefined>, options?: StartOptions): Promise<Running>
  openDatabase(config: Config, settings?: Record<string, string>): Promise<OpenDatabase>
  /** The vendors this configuration reaches; in the sandbox the simulators, started for as long as the command runs. */
  vendorsFor(db: Database, ownerUrl: string, config: Config): Promise<{ vendors: Vendors; close: () => Promise<void> }>
  /** Plays a folder's scenario on a sandbox of its own. `ok`: all that was expected came true, and something was expected. */
  rehearse(folder: string): Promise<{ ok: boolean; text: string; json: unknown }>
}

type Command = { usage: string; says: string; run: (args: string[], tools: Tools) => Promise<number> }

// Loaded when asked for: `doctor` need not read what only `rehearse` uses.
const COMMANDS: Record<string, Command> = {
  start: {
    usage: 'start',
    says: 'serve the pages and the API, and do the work',
    run: async (...given) => (await import('./start.ts')).start(...given),
  },
  doctor: {
    usage: 'doctor',
    says: 'one line for each thing that must be well; exit 1 if any is not',
    run: async (...given) => (await import('./doctor.ts')).doctor(...given),
  },
  migrate: {
    usage: 'migrate',
    says: 'bring the database up to date',
    run: async (...given) => (await import('./migrate.ts')).migrateCommand(...given),
  },
  import: {
    usage: 'import <folder> [--dry-run]',
    says: 'people.csv, hours.csv, calendar.csv, mentorships.csv, programme.json: all or nothing',
    run: async (...given) => (await import('./import.ts')).importCommand(...given),
  },
  rehearse: {
    usage: 'rehearse <folder> [--json]',
    says: 'run a scenario on the sandbox; exit 1 if an expectation fails',
    run: async (...given) => (await import('./rehearse.ts')).rehearse(...given),
  },
  admin: {
    usage: 'admin <email>',
    says: 'make somebody an admin, with a link that signs them in once',
    run: async (...given) => (await import('./admin.ts')).admin(...given),
  },
  audit: {
    usage: 'audit verify',
    says: 'whether what was done is still on record as it was; exit 1 if not',
    run: async (...given) => (await import('./audit.ts')).auditCommand(...given),
  },
  export: {
    usage: 'export <email>',
    says: 'everything that is held about a person, as JSON',
    run: async (...given) => (await import('./export.ts')).exportCommand(...given),
  },
  token: {
    usage: 'token <name> [--scope ops|admin] [--programme <name>] [--days 90]',
    says: 'make an API token, shown once',
    run: async (...given) => (await import('./token.ts')).token(...given),
  },
}

/** What is longer has its sentence on the next line. */
const WIDE = 26

/** Runs one command and answers with the exit code: 0 well, 1 it says what is not well, 2 the call was wrong. */
export async function runCommand([name = 'help', ...args]: string[], tools: Tools): Promise<number> {
  if (name === '--version' || name === 'version') {
    console.log((createRequire(import.meta.url)('../../package.json') as { version: string }).version)
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) {
    const known = ['help', '--help', '-h'].includes(name)
    const lines = Object.values(COMMANDS).map(({ usage, says }) =>
      usage.length > WIDE
        ? `  punctual ${usage}\n${' '.repeat(WIDE + 12)}${says}`
        : `  punctual ${usage.padEnd(WIDE)} ${says}`,
    )
    console[known ? 'log' : 'error'](
      [
        ...(known ? [] : [`There is no command "${name}".`, '']),
        'punctual: 1:1 mentorship sessions that both people attend',
        '',
        ...lines,
      ].join('\n'),
    )
    return known ? 0 : 2
  }
  if (args.some((one) => one === '--help' || one === '-h')) {
    console.log(`punctual ${command.usage}\n  ${command.says}`)
    return 0
  }
  try {
    return await command.run(args, tools)
  } catch (error) {
    const sentence = expected(error)
    if (sentence === null) throw error
    console.error(sentence)
    return 1
  }
}

/** Mistakes that a person can mend get a sentence; anything else is ours and shows its stack. */
function expected(error: unknown): string | null {
  if (error instanceof BadConfiguration) return `The configuration has mistakes:\n${error.message}`
  if (error instanceof FolderInUse || error instanceof MigrationRefused || error instanceof Refusal)
    return error.message
  const { code, port } = error as { code?: string; port?: number }
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Stop what uses it, or set PORT to another one.`
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return (error as Error).message
  return null
}
