import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { Refusal } from '../errors.ts'
import { newId } from '../ids.ts'
import type { SlackBlock } from '../vendors/slack.ts'
import type { VendorApp } from './listen.ts'
import { enqueue } from './queue.ts'
import { type Row, row, rows, type World } from './world.ts'

type Button = { action_id: string; value?: string; text: { text: string }; type: string }

/** Web API of one workspace. Every answer is HTTP 200 with `ok`. Bodies are forms with JSON inside, or JSON. */
export function slackApi(app: VendorApp, world: World): void {
  const method = (name: string, answer: (args: Record<string, unknown>) => Promise<object>) =>
    app.on(['GET', 'POST'], `/api/${name}`, async (c) => {
      const args = await readArguments(c)
      const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? args.token
      if (!token) return c.json({ ok: false, error: 'not_authed' })
      if (token !== world.env.SLACK_BOT_TOKEN) return c.json({ ok: false, error: 'invalid_auth' })
      return c.json(await answer(args))
    })

  method('auth.test', async () => ({
    ok: true,
    url: 'https://sandbox.slack.com/',
    team: 'Sandbox',
    user: 'punctual',
    team_id: TEAM,
    user_id: BOT,
    bot_id: BOT_ID,
  }))
  method('chat.postMessage', (args) => post(world, args))
  method('chat.update', (args) => update(world, args))
  method('conversations.history', (args) => history(world, args))
  app.post('/actions/:team/:number/:token', (c) => respond(world, c))
}

/** Somebody in the channel presses a button. Found by the message's `ts`, or by the case id its metadata carries. */
export async function pressSlackButton(
  world: World,
  { ts, caseId, actionId, user = 'ops' }: { ts?: string; caseId?: string; actionId: string; user?: string },
): Promise<{ ts: string }> {
  const found = await row(
    world.pool,
    `select * from sandbox.message where channel = 'slack' and (vendor_id = $1
       or exists (select from jsonb_each_text(raw -> 'metadata' -> 'event_payload') as p where p.value = $2))
     order by seq desc limit 1`,
    ts ?? '',
    caseId ?? null,
  )
  if (!found) throw new Refusal('not_found', 'There is no such Slack message.')
  const [block, button] = buttonOf(found.raw.blocks ?? [], actionId) ?? []
  if (!block || !button) throw new Refusal('not_found', `The Slack message has no button "${actionId}".`)
  const now = world.clock.now()
  const token = randomBytes(18).toString('base64url')
  await rows(
    world.pool,
    'insert into sandbox.slack_response (token, channel, ts, expires_at) values ($1, $2, $3, $4)',
    token,
    found.address,
    found.vendor_id,
    now.add({ minutes: 30 }),
  )
  const payload = {
    type: 'block_actions',
    user: { id: `U${user.toUpperCase().replace(/\W/g, '')}`, username: user, name: user, team_id: TEAM },
    api_app_id: 'A00000001',
    token: 'verification-token-deprecated',
    container: { type: 'message', message_ts: found.vendor_id, channel_id: found.address, is_ephemeral: false },
    trigger_id: `${now.epochMilliseconds}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString('hex')}`,
    team: { id: TEAM, domain: 'sandbox' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: found.address, name: 'ops' },
    message: messageBody(found),
    state: { values: {} },
    response_url: `${world.env.SLACK_API_URL.replace(/\/api\/?$/, '')}/actions/${TEAM}/${now.epochMilliseconds}/${token}`,
    actions: [{ ...button, block_id: block.block_id ?? 'b1', action_ts: `${now.epochMilliseconds / 1000}` }],
  }
  await enqueue(world, {
    vendor: 'slack',
    path: '/webhooks/slack',
    body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    },
  })
  return { ts: found.vendor_id }
}

async function post(world: World, args: Record<string, unknown>): Promise<object> {
  const channel = channelId(args.channel)
  if (!channel) return { ok: false, error: 'channel_not_found' }
  const refused = refuse(args)
  if (refused) return refused
  const n = (await row(world.pool, "select nextval('sandbox.slack_ts') as n"))?.n
  const ts = `${Math.floor(world.clock.now().epochMilliseconds / 1000)}.${String(n % 1_000_000).padStart(6, '0')}`
  const metadata = args.metadata as { event_payload?: Record<string, unknown> } | undefined
  const raw = {
    text: args.text ?? '',
    blocks: args.blocks ?? [],
    ...(metadata ? { metadata } : {}),
    ...(args.thread_ts ? { thread_ts: args.thread_ts } : {}),
  }
  const saved = await row(
    world.pool,
    `insert into sandbox.message (id, at, channel, address, vendor_id, delivery_id, body, buttons, raw)
     values ($1, $2, 'slack', $3, $4, $5, $6, $7, $8) returning *`,
    newId(),
    world.clock.now(),
    channel,
    ts,
    deliveryOf(metadata),
    readable(raw),
    JSON.stringify(buttonsOf(raw.blocks as SlackBlock[])),
    raw,
  )
  return { ok: true, channel, ts, message: messageBody(saved as Row), response_metadata: { warnings: [] } }
}

async function update(world: World, args: Record<string, unknown>): Promise<object> {
  const refused = refuse(args)
  if (refused) return refused
  const found = await row(
    world.pool,
    "select * from sandbox.message where channel = 'slack' and address = $1 and vendor_id = $2",
    String(args.channel),
    String(args.ts),
  )
  if (!found) return { ok: false, error: channelId(args.channel) ? 'message_not_found' : 'channel_not_found' }
  await replace(world, found, args)
  return { ok: true, channel: found.address, ts: found.vendor_id, text: args.text ?? found.raw.text }
}

async function history(world: World, args: Record<string, unknown>): Promise<object> {
  const channel = channelId(args.channel)
  if (!channel) return { ok: false, error: 'channel_not_found' }
  const limit = Math.min(Number(args.limit ?? 100) || 100, 999)
  const before = Number(args.cursor ? Buffer.from(String(args.cursor), 'base64').toString().replace('before:', '') : 0)
  const found = await rows(
    world.pool,
    `select * from sandbox.message where channel = 'slack' and address = $1 and ($2 = 0 or seq < $2) and vendor_id::numeric >= $3 order by seq desc limit $4`,
    channel,
    before,
    Number(args.oldest ?? 0),
    limit + 1,
  )
  const shown = found.slice(0, limit)
  const more = found.length > limit
  const withMetadata = String(args.include_all_metadata) === 'true'
  return {
    ok: true,
    messages: shown.map((m) => {
      const { metadata, ...rest } = messageBody(m) as Row
      return withMetadata && metadata ? { ...rest, metadata } : rest
    }),
    has_more: more,
    response_metadata: { next_cursor: more ? Buffer.from(`before:${shown.at(-1)?.seq}`).toString('base64') : '' },
  }
}

// At most five uses in thirty minutes (docs.slack.dev, "Handling user interaction").
async function respond(world: World, c: Context): Promise<Response> {
  const open = await row(
    world.pool,
    'update sandbox.slack_response set uses = uses + 1 where token = $1 and uses < 5 and expires_at > $2 returning *',
    c.req.param('token') ?? '',
    world.clock.now(),
  )
  if (!open) return c.json({ ok: false, error: 'expired_url' }, 404)
  const body = (await c.req.json()) as Record<string, unknown>
  const found = await row(
    world.pool,
    "select * from sandbox.message where channel = 'slack' and vendor_id = $1",
    open.ts,
  )
  if (found && body.delete_original) await rows(world.pool, 'delete from sandbox.message where seq = $1', found.seq)
  else if (found && body.replace_original) await replace(world, found, body)
  return c.json({ ok: true })
}

async function replace(world: World, found: Row, args: Record<string, unknown>): Promise<void> {
  const raw = {
    ...found.raw,
    text: args.text ?? found.raw.text,
    blocks: args.blocks ?? [],
    ...(args.metadata ? { metadata: args.metadata } : {}),
    edited: true,
  }
  await rows(
    world.pool,
    'update sandbox.message set body = $2, buttons = $3, raw = $4 where seq = $1',
    found.seq,
    readable(raw),
    JSON.stringify(buttonsOf(raw.blocks)),
    raw,
  )
}

function refuse(args: Record<string, unknown>): object | null {
  const blocks = args.blocks as SlackBlock[] | undefined
  if (!args.text && !(blocks && blocks.length > 0)) return { ok: false, error: 'no_text' }
  if (String(args.text ?? '').length > 40_000) return { ok: false, error: 'msg_too_long' }
  if (blocks !== undefined && !Array.isArray(blocks)) return { ok: false, error: 'invalid_blocks_format' }
  const wrong = (rule: string) => ({
    ok: false,
    error: 'invalid_blocks',
    errors: [rule],
    response_metadata: { messages: [`[ERROR] ${rule}`] },
  })
  if (blocks && blocks.length > 50) return wrong('no more than 50 items allowed [json-pointer:/blocks]')
  const long =
    blocks?.findIndex(
      (b) => b.type === 'section' && String((b.text as { text?: string } | undefined)?.text ?? '').length > 3000,
    ) ?? -1
  if (long >= 0) return wrong(`must be less than 3001 characters [json-pointer:/blocks/${long}/text/text]`)
  const crowded =
    blocks?.findIndex((b) => b.type === 'actions' && ((b.elements as unknown[] | undefined)?.length ?? 0) > 25) ?? -1
  return crowded >= 0 ? wrong(`no more than 25 items allowed [json-pointer:/blocks/${crowded}/elements]`) : null
}

async function readArguments(c: Context): Promise<Record<string, unknown>> {
  if (c.req.header('content-type')?.includes('application/json')) return (await c.req.json()) as Record<string, unknown>
  const form = c.req.method === 'GET' ? c.req.query() : ((await c.req.parseBody()) as Record<string, string>)
  return Object.fromEntries(
    Object.entries(form).map(([key, value]) => [
      key,
      key === 'blocks' || key === 'metadata' ? JSON.parse(value) : value,
    ]),
  )
}

const buttonElements = (block: SlackBlock): Button[] =>
  [...((block.elements as Button[] | undefined) ?? []), ...(block.accessory ? [block.accessory as Button] : [])].filter(
    (e) => e.type === 'button',
  )

const buttonsOf = (blocks: SlackBlock[]) =>
  blocks
    .flatMap(buttonElements)
    .map((b) => ({ id: b.action_id, title: b.text.text, ...(b.value ? { value: b.value } : {}) }))

function buttonOf(blocks: SlackBlock[], actionId: string): [SlackBlock, Button] | undefined {
  for (const block of blocks) {
    const found = buttonElements(block).find(
      (b) => b.action_id === actionId || b.value === actionId || b.text.text === actionId,
    )
    if (found) return [block, found]
  }
  return undefined
}

// What a person reads: the blocks where there are any, else the fallback.
function readable(raw: { text?: unknown; blocks?: unknown }): string {
  const said = ((raw.blocks ?? []) as SlackBlock[]).flatMap((block) => {
    const fields = (block.fields ?? []) as { text?: string }[]
    const elements = block.type === 'context' ? ((block.elements ?? []) as { text?: string }[]) : []
    return [block.text as { text?: string } | undefined, ...fields, ...elements]
      .map((part) => part?.text)
      .filter(Boolean)
  })
  return said.length > 0 ? said.join('\n') : String(raw.text ?? '')
}

const messageBody = (m: Row) => ({
  type: 'message',
  subtype: 'bot_message',
  text: m.raw.text,
  ts: m.vendor_id,
  bot_id: BOT_ID,
  user: BOT,
  app_id: 'A00000001',
  team: TEAM,
  ...(m.raw.thread_ts ? { thread_ts: m.raw.thread_ts } : {}),
  blocks: m.raw.blocks,
  ...(m.raw.metadata ? { metadata: m.raw.metadata } : {}),
})

function deliveryOf(metadata: { event_payload?: Record<string, unknown> } | undefined): string | null {
  const { deliveryId, delivery_id, delivery } = metadata?.event_payload ?? {}
  const id = deliveryId ?? delivery_id ?? delivery
  return id ? String(id) : null
}

// `#name` and ids are one channel each; anything else does not exist.
function channelId(channel: unknown): string | null {
  const text = String(channel ?? '')
  if (/^[CG][A-Z0-9]{5,}$/.test(text)) return text
  return /^#[a-z0-9_-]{1,80}$/.test(text) ? `C${Buffer.from(text).toString('hex').toUpperCase().slice(0, 24)}` : null
}

const TEAM = 'T00000001'
const BOT = 'U00000002'
const BOT_ID = 'B00000001'
