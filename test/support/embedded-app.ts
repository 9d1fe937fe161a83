/** A process that owns an embedded database, for tests that kill it: prints what it has and waits to be told to stop. */
import { startEmbedded } from '../../src/database/embedded.ts'

try {
  const server = await startEmbedded(process.argv[2] ?? '', { settings: { fsync: 'off' } })
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  console.log(JSON.stringify({ url: server.url }))
  setInterval(() => {}, 60_000)
} catch (error) {
  console.log(JSON.stringify({ refused: (error as Error).message }))
  process.exit(1)
}
