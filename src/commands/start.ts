import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Running } from '../main.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/first-week')

/** Serves until SIGINT or SIGTERM. A new sandbox opens with the demo programme. */
export async function start(args: string[], { startPunctual }: Tools): Promise<number> {
  readArguments(args, 0, {})
  const running = await startPunctual(process.env)
  if (running.sandbox) await openDemo(running)
  console.log(running.sandbox ? await greeting(running) : `Punctual serves ${running.url}`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  // A second signal does not wait for anything.
  process.once('SIGINT', () => process.exit(130))
  await running.stop()
  return 0
}

async function openDemo({ house, sandbox }: Running): Promise<void> {
  const { people } = await house.db
    .selectFrom('account')
    .select((e) => e.fn.countAll<number>().as('people'))
    .executeTakeFirstOrThrow()
  if (Number(people) > 0 || !existsSync(EXAMPLE)) return
  const { loadExample } = await import('../people/example.ts')
  await loadExample(house.db, EXAMPLE, house.clock.now())
  await sandbox?.knowHosts()
}

async function greeting({ house, url }: Running): Promise<string> {
  const { enterUrl } = await import('../people/identify.ts')
  return [
    '',
    `  Punctual is running as a sandbox: five simulated vendors, a clock that stands at ${house.clock.now()}.`,
    '',
    `  Open  ${await enterUrl(house, url)}`,
    '        (signs you in as ops)',
    '',
    `  API   ${url}/docs`,
    '  Stop  Ctrl-C; everything is kept in the data folder.',
    '',
  ].join('\n')
}
