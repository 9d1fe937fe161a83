import { Hono } from 'hono'
import { Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { ANONYMOUS, person } from '../people/actor.ts'
import { clientAddress } from '../people/client-address.ts'
import { deviceOf, endDevice } from '../people/devices.ts'
import { emailText } from '../people/fields.ts'
import { finishGoogleSignIn, startGoogleSignIn } from '../people/google-sign-in.ts'
import { askForMail, CODE_TRIES, lookAtLink, useCode, useLink } from '../people/magic-link.ts'
import { note } from '../people/security-log.ts'
import { cookie, readCookie, sessionCookie, signIn, signOut, signOutEverywhere } from '../people/sign-in.ts'
import type { Vendors } from '../vendors/vendors.ts'
import { readForm, smallForm } from './form.ts'
import { type Ctx, seeOther } from './page.ts'
import { doorPage, linkPage, sentPage } from './sign-in.ts'

// What a browser keeps between asking and coming back; each lives as long as what it belongs to.
const ASKED = 'asked'
const GOOGLE = 'google'
const TEN_MINUTES = 600

/** `/sign-in` by mail or Google, and the ways out. A GET signs nobody in but the return from Google, bound to the browser that left. */
export function signInRoutes(house: House, vendors: Vendors): Hono<Env> {
  const app = new Hono<Env>()
  const kept = (c: Ctx, name: string) => readCookie(house.config, c.req.header('cookie') ?? null, name)

  app.get('/sign-in', (c) => doorPage(c, vendors, c.req.query('google')))
  app.post('/sign-in', smallForm, async (c) => {
    if (!vendors.email) throw new Refusal('not_configured', 'Mail is not set up on this installation.')
    const address = emailText.safeParse((await readForm(c))('address'))
    if (!address.success) return seeOther(c, '/sign-in')
    const from = clientAddress(c, house.config)
    const { browser } = await askForMail(house, vendors.email, { address: address.data, from })
    note(house, 'sign_in_asked', ANONYMOUS, { by: 'mail' })
    c.header('set-cookie', cookie(house.config, ASKED, browser, TEN_MINUTES), { append: true })
    return seeOther(c, '/sign-in/sent')
  })
  app.get('/sign-in/sent', (c) => sentPage(c, saidOf(c)))
  app.post('/sign-in/code', smallForm, async (c) => {
    const outcome = await useCode(house, kept(c, ASKED), (await readForm(c))('code'))
    if ('accountId' in outcome) return enter(c, outcome.accountId, 'code')
    note(house, 'sign_in_refused', ANONYMOUS, { by: 'code', because: 'over' in outcome ? 'over' : 'wrong' })
    return seeOther(c, `/sign-in/sent?said=${'over' in outcome ? 'over' : outcome.left}`)
  })
  app.get('/sign-in/link/:link', async (c) => linkPage(c, await lookAtLink(house, c.req.param('link'), kept(c, ASKED))))
  app.post('/sign-in/link/:link', smallForm, async (c) => {
    const link = c.req.param('link')
    const accountId = await useLink(house, link, kept(c, ASKED))
    if (accountId) return enter(c, accountId, 'link')
    const state = await lookAtLink(house, link, kept(c, ASKED))
    note(house, 'sign_in_refused', ANONYMOUS, { by: 'link', because: state })
    return linkPage(c, state)
  })

  app.get('/sign-in/google', (c) => {
    const { url, verifier } = startGoogleSignIn(house, mustHaveGoogle(vendors))
    c.header('set-cookie', cookie(house.config, GOOGLE, verifier, TEN_MINUTES), { append: true })
    return c.body(null, 302, { location: url, 'cache-control': 'no-store' })
  })
  app.get('/sign-in/google/callback', async (c) => {
    const { code, state, error } = c.req.query()
    const answer = { code, state, error, verifier: kept(c, GOOGLE) }
    const outcome = await finishGoogleSignIn(house, mustHaveGoogle(vendors), answer)
    c.header('set-cookie', cookie(house.config, GOOGLE, '', 0), { append: true })
    if (typeof outcome !== 'string') return enter(c, outcome.accountId, 'google')
    note(house, 'sign_in_refused', ANONYMOUS, { by: 'google', because: outcome })
    return seeOther(c, `/sign-in?google=${outcome}`)
  })

  app.post('/sign-out', smallForm, async (c) => {
    const session = kept(c, 'session')
    const actor = c.get('actor')
    const field = await readForm(c)
    const [everywhere, other] = [actor.accountId !== null && field('everywhere') !== '', field('device')]
    if (actor.accountId && other) {
      await endDevice(house.db, actor.accountId, other)
      note(house, 'signed_out', actor, { device: 'another' })
      return seeOther(c, '/settings/devices')
    }
    if (actor.accountId && everywhere) await signOutEverywhere(house.db, actor.accountId)
    else if (session) await signOut(house.db, session)
    if (actor.accountId) note(house, everywhere ? 'signed_out_everywhere' : 'signed_out', actor)
    c.header('set-cookie', sessionCookie(house.config, ''), { append: true })
    // Hours typed and not saved, and whatever else the app left in this browser. (The cookie has ended by itself.)
    c.header('clear-site-data', '"cache", "storage"')
    return seeOther(c, '/')
  })
  return app

  /** A new session, never the one that the browser came with; that one ends. */
  async function enter(c: Ctx, accountId: string, by: 'code' | 'link' | 'google'): Promise<Response> {
    const before = kept(c, 'session')
    if (before) await signOut(house.db, before)
    const device = deviceOf(c.req.header('user-agent'))
    const value = await signIn(house.db, accountId, house.clock.elapsed(), device)
    note(house, 'signed_in', person(accountId, []), { by })
    c.header('set-cookie', sessionCookie(house.config, value), { append: true })
    c.header('set-cookie', cookie(house.config, ASKED, '', 0), { append: true })
    return seeOther(c, '/')
  }
}

function saidOf(c: Ctx): { left: number } | 'over' | null {
  const said = c.req.query('said')
  if (said === 'over') return 'over'
  const left = Number(said ?? Number.NaN)
  return Number.isInteger(left) && left >= 0 && left < CODE_TRIES ? { left } : null
}

function mustHaveGoogle({ people }: Vendors): NonNullable<Vendors['people']> {
  if (!people) throw new Refusal('not_configured', 'Google is not configured on this installation.')
  return people
}
