import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type pg from 'pg'
import { connectionPool, type Database } from '../database/pool.ts'

const CHANNEL = 'punctual_nudge'
const COALESCE_MS = 50
const RECONNECT_MS = 2_000

type Options = {
  db: Database
  databaseUrl: string | undefined
  heard: () => void
  log: (event: string, fields?: Record<string, string>) => void
}

/**
 * The other processes on the same database. `tell` sends one NOTIFY at most every 50 ms, on a connection of its own and
 * never in a booking's transaction: NOTIFY takes a lock over the whole server at commit, which cost bookings most of their
 * speed when measured. Nothing depends on it: who hears nothing looks every two seconds.
 */
export function neighbours({ db, databaseUrl, heard, log }: Options): { tell(): void; close(): Promise<void> } {
  const me = randomUUID()
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let telling: Promise<unknown> = Promise.resolve()
  const pool = databaseUrl
    ? connectionPool(databaseUrl, { max: 1, statementTimeout: 0, idleInTransactionTimeout: 0 })
    : null
  let listener: pg.PoolClient | null = null
  const listening = listen()

  async function listen(): Promise<void> {
    if (!pool || closed) return
    try {
      const client = await pool.connect()
      listener = client
      client.on('notification', (message) => message.payload !== me && heard())
      client.on('error', () => again(client))
      await client.query(`listen ${CHANNEL}`)
      heard()
    } catch (error) {
      log('not_listening', { error: String(error) })
      again(listener)
    }
  }

  // A broken connection can report twice, and once more while it is being closed: it is given back once.
  function again(client: pg.PoolClient | null): void {
    if (client !== null && client !== listener) return
    listener = null
    client?.release(true)
    if (!closed) setTimeout(() => void listen(), RECONNECT_MS).unref()
  }

  return {
    tell() {
      if (closed) return
      timer ??= setTimeout(() => {
        timer = null
        telling = sql`select pg_notify(${CHANNEL}, ${me})`
          .execute(db)
          .catch((error) => log('not_told', { error: String(error) }))
      }, COALESCE_MS)
    },
    async close() {
      if (closed) return
      closed = true
      if (timer) clearTimeout(timer)
      await telling
      await listening
      const last = listener
      listener = null
      last?.release(true)
      await pool?.end()
    },
  }
}
