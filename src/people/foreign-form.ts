import type { Context } from 'hono'
import { Refusal } from '../errors.ts'
import type { Env } from '../http.ts'

/** Another site made a browser send this, with the cookie that goes along by itself. */
export class ForeignForm extends Refusal {
  constructor() {
    super('forbidden', 'This request comes from another site.')
  }
}

/** A browser sends its cookie along with a foreign site's form. Whoever acts by cookie must come from our own pages. */
export function refuseForeignForm(c: Context<Env>): void {
  const acts = !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
  if (!acts || !c.req.header('cookie') || c.req.header('authorization')) return
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  // 'null' is what a page that sends no referrer says, also to its own site.
  const isMute = origin === undefined || origin === 'null'
  const own = isMute
    ? (site === undefined && origin === undefined) || site === 'same-origin' || site === 'none'
    : hostOf(origin) === c.req.header('host')
  if (!own) throw new ForeignForm()
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null)
