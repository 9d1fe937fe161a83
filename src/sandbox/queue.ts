import { signSlack, signWhatsapp, signZoom } from '../vendors/signatures.ts'
import type { Vendor } from './faults.ts'
import { row, rows, seconds, signingSecret, type World } from './world.ts'

export type Webhook = {
  vendor: Vendor
  path: string
  body: string
  headers?: Record<string, string>
  dueAt?: Temporal.Instant
  url?: string
  /** Signed with a secret that is not the product's. */
  forged?: boolean
}

export type Queue = {
  /** Sends what is due by `now`, one after the other for each vendor. The number of requests made. */
  deliverDue: (now: Temporal.Instant) => Promise<number>
  inFlight: () => number
  /** Due by now and not yet sent, and when the next of the others will be. */
  waiting: (now: Temporal.Instant) => Promise<{ count: number; next: Temporal.Instant | null }>
}

/**
 * When a webhook that was not accepted comes again, in minutes after the try before.
 * Zoom: 5, 20 and 60 (so 5, 25 and 85 after the first), only for 5xx and transport failures, within 3 s each
 * (developers.zoom.us, "Notification delivery"). WhatsApp: anything but 200, ever more rarely, for seven days.
 * Google: 5xx with growing waits. Slack's interactions: never.
 */
const AGAIN: Record<Vendor, number[]> = {
  zoom: [5, 20, 60],
  whatsapp: [1, 5, 15, 60, 240, 720, 1440, 1440, 1440, 1440, 1440],
  google: [1, 2, 4, 8, 16],
  slack: [],
  email: [1, 5, 15],
}
const PATIENCE_MS: Record<Vendor, number> = {
  zoom: 3_000,
  whatsapp: 10_000,
  google: 10_000,
  slack: 3_000,
  email: 10_000,
}

const isTransport = (status: number) => status === 0
const COMES_AGAIN: Record<Vendor, (status: number) => boolean> = {
  zoom: (status) => isTransport(status) || status >= 500,
  whatsapp: (status) => status !== 200,
  google: (status) => isTransport(status) || status >= 500,
  slack: () => false,
  email: (status) => isTransport(status) || status >= 500,
}

/** Puts a webhook on its way, and lets the faults of webhooks have their say. */
export async function enqueue(
  world: World,
  { vendor, path, url, body, headers = {}, dueAt, forged: isForged = false }: Webhook,
): Promise<void> {
  const now = world.clock.now()
  const strikes = (kind: 'late_webhook' | 'reordered_webhook' | 'duplicate_webhook' | 'forged_webhook') =>
    world.faults.strikes(vendor, kind, now)
  const late = await strikes('late_webhook')
  // A reordered one is overtaken by what follows within its minute.
  const reordered = await strikes('reordered_webhook')
  const wait = late !== null ? late || 85 : reordered !== null ? reordered || 1 : 0
  const due = (dueAt ?? now).add({ seconds: Math.round(wait * 60) })
  const put = (at: Temporal.Instant, text: string, forged: boolean) =>
    rows(
      world.pool,
      `insert into sandbox.outgoing (vendor, url, headers, body, due_at, forged, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
      vendor,
      url ?? path,
      headers,
      text,
      at,
      forged,
      now,
    )
  if ((await strikes('forged_webhook')) !== null) await put(now, body, true)
  await put(due, body, isForged)
  if ((await strikes('duplicate_webhook')) !== null) await put(due, body, false)
  world.nudge()
}

export function openQueue(world: World): Queue {
  let flying = 0
  let running: Promise<number> | undefined
  let following: Promise<number> | undefined
  let wanted = world.clock.now()
  const run = (now: Temporal.Instant): Promise<number> => {
    const mine = deliver(now).finally(() => {
      if (running === mine) running = undefined
    })
    running = mine
    return mine
  }

  const deliver = async (now: Temporal.Instant): Promise<number> => {
    let sent = 0
    for (;;) {
      const due = await rows(
        world.pool,
        `select seq, vendor, url, headers, body, attempt, forged from sandbox.outgoing
         where done_at is null and due_at <= $1 order by due_at, seq limit 200`,
        now,
      )
      if (due.length === 0) return sent
      const lanes = Map.groupBy(due, (webhook) => webhook.vendor as Vendor)
      await Promise.all(
        [...lanes].map(async ([vendor, lane]) => {
          for (const webhook of lane) {
            flying += 1
            await send(world, vendor, webhook).finally(() => {
              flying -= 1
            })
          }
        }),
      )
      sent += due.length
    }
  }

  return {
    // One at a time. A call that comes meanwhile waits for the running one and then looks again, once with all who wait.
    deliverDue(now) {
      if (!running) return run(now)
      wanted = now
      following ??= running
        .catch(() => 0)
        .then(() => {
          following = undefined
          return run(wanted)
        })
      return following
    },
    inFlight: () => flying,
    async waiting(now) {
      const open = await row(
        world.pool,
        'select (count(*) filter (where due_at <= $1))::int as count, min(due_at) filter (where due_at > $1) as next from sandbox.outgoing where done_at is null',
        now,
      )
      return { count: open?.count ?? 0, next: open?.next ?? null }
    },
  }
}

async function send(world: World, vendor: Vendor, webhook: Record<string, unknown>): Promise<void> {
  const { seq, url, headers, body, attempt, forged } = webhook as {
    seq: number
    url: string
    headers: Record<string, string>
    body: string
    attempt: number
    forged: boolean
  }
  const now = world.clock.now()
  const signed = signatures(world, vendor, body, now, forged)
  // A path is looked for where the product lives now: it may have been started on another port since.
  const address = url.startsWith('/') ? world.productUrl + url : url
  const { status, error } = await post(address, { ...headers, ...signed }, body, PATIENCE_MS[vendor])

  const wait = !forged && COMES_AGAIN[vendor](status) ? AGAIN[vendor][attempt] : undefined
  await rows(
    world.pool,
    `update sandbox.outgoing set attempt = attempt + 1, last_status = $2, last_error = $3, done_at = $4, due_at = coalesce($5, due_at) where seq = $1`,
    seq,
    status || null,
    error,
    wait === undefined ? now : null,
    wait === undefined ? null : now.add({ minutes: wait }),
  )
}

function signatures(
  world: World,
  vendor: Vendor,
  body: string,
  now: Temporal.Instant,
  forged: boolean,
): Record<string, string> {
  const stamp = seconds(now)
  const secret = (list: string) => (forged ? 'a secret that is not yours' : signingSecret(list))
  if (vendor === 'zoom') {
    const signature = signZoom(secret(world.env.ZOOM_WEBHOOK_SECRET_TOKEN), stamp, body)
    return { 'x-zm-request-timestamp': stamp, 'x-zm-signature': signature }
  }
  if (vendor === 'slack') {
    return {
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': signSlack(secret(world.env.SLACK_SIGNING_SECRET), stamp, body),
    }
  }
  if (vendor === 'whatsapp') return { 'x-hub-signature-256': signWhatsapp(secret(world.env.WHATSAPP_APP_SECRET), body) }
  // Google's push channels carry no signature but the channel's token.
  return vendor === 'google' && forged ? { 'x-goog-channel-token': 'a token that is not yours' } : {}
}

// Status 0: no answer in time, or no connection.
async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  patienceMs: number,
): Promise<{ status: number; error: string | null }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
    })
    await response.arrayBuffer()
    return { status: response.status, error: null }
  } catch (error) {
    return { status: 0, error: error instanceof Error ? error.message : String(error) }
  }
}
