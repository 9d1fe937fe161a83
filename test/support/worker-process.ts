import { machineNow } from '../../src/clock.ts'
import { connect } from '../../src/database/pool.ts'
import { startWorker } from '../../src/effects/worker.ts'
import { needsFor } from './effects-world.ts'

// A worker in a process of its own, to be killed: now stands where the test put it, leases run on the machine's clock.
const [databaseUrl, now, whatsappUrl, smtpUrl] = process.argv.slice(2) as [string, string, string, string]
const db = connect(databaseUrl)
const clock = { now: () => Temporal.Instant.from(now), elapsed: machineNow }
const worker = startWorker({
  ...needsFor(db, clock, { WHATSAPP_API_URL: whatsappUrl, SMTP_URL: smtpUrl }),
  databaseUrl,
})

process.on('SIGTERM', () => void worker.stop().then(() => process.exit(0)))
console.log('working')
