import { join } from 'node:path'
import { type Running, startPunctual } from '../../src/main.ts'
import { loadExample } from '../../src/people/example.ts'
import { cookieName, signIn } from '../../src/people/sign-in.ts'
import { asApp, emptyDatabase } from './database.ts'

/** The whole product in its sandbox with the demo programme, and a session of Asha Verma's kind: both reachable both ways. */
export async function demoSandbox() {
  const database = await emptyDatabase()
  const punctual = await startPunctual({
    DATABASE_URL: asApp(database.ownerUrl),
    DATABASE_OWNER_URL: database.ownerUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
  })
  const { house } = punctual
  const sandbox = punctual.sandbox as NonNullable<Running['sandbox']>
  await loadExample(house.db, join(import.meta.dirname, '../../examples/first-week'), house.clock.now())
  await sandbox.knowHosts()
  return {
    punctual,
    house,
    sandbox,
    url: punctual.url,
    async cookieOf(email: string): Promise<{ name: string; value: string }> {
      const { id } = await house.db
        .selectFrom('account')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirstOrThrow()
      return { name: cookieName(house.config), value: await signIn(house.db, id, house.clock.elapsed()) }
    },
    async opsEmail(): Promise<string> {
      const all = await house.db.selectFrom('account').select(['email', 'roles']).orderBy('email').execute()
      return all.find(({ roles }) => roles.includes('ops') || roles.includes('admin'))?.email ?? ''
    },
    async stop(): Promise<void> {
      await punctual.stop()
      await database.drop()
    },
  }
}
