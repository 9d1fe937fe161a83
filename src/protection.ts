import type { Context, MiddlewareHandler } from 'hono'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import type { Config } from './config.ts'
import type { Env } from './http.ts'

/**
 * What every answer tells the browser to refuse: scripts and styles that are not files of ours, other sites' frames, our
 * addresses in their logs, a camera we never ask for. HSTS only where there is TLS to insist on.
 */
export function protectiveHeaders(config: Config): MiddlewareHandler<Env> {
  const [ours, letters] = [ofOurs(config), config.PUNCTUAL_MODE === 'sandbox' ? OF_LETTERS : null]
  return (c, next) => (letters && isLetter(c.req.path) ? letters : ours)(c, next)
}

const ofOurs = (config: Config): MiddlewareHandler<Env> =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      scriptSrcAttr: ["'none'"],
      // A page has its style in itself, and the app's components bring theirs, under a number that only this answer knows.
      styleSrc: [(c, directive) => (isPage(c.req.path) ? `'self' ${NONCE(c, directive)}` : "'self'")],
      styleSrcAttr: ["'none'"],
      // Swagger UI's arrows are data images.
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: [(c) => leadsTo(config, c.req.path)],
    },
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    strictTransportSecurity: config.PUNCTUAL_URL?.startsWith('https:') ? 'max-age=31536000; includeSubDomains' : false,
    permissionsPolicy: {
      camera: [],
      microphone: [],
      geolocation: [],
      payment: [],
      usb: [],
      displayCapture: [],
      browsingTopics: [],
    },
  })

/**
 * A mail of the sandbox is shown in a frame of our own page, with the styles it brings and nothing else: no script, no form, no
 * cookie of ours; its links open outside of the frame.
 */
const OF_LETTERS: MiddlewareHandler<Env> = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'unsafe-inline'"],
    imgSrc: ['data:'],
    frameAncestors: ["'self'"],
    sandbox: ['allow-popups', 'allow-popups-to-escape-sandbox'],
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'SAMEORIGIN',
})
const isLetter = (path: string): boolean => /^\/sandbox\/inbox\/[^/]+\/letter$/.test(path)

/** Files, the API and what vendors ask have no style to allow. */
const isPage = (path: string): boolean => !/^\/(?:api|webhooks|pages|docs|app\/assets)(?:\/|$)/.test(path)

/** Browsers hold a form to this policy also where it is redirected: the Join button leads on to the room of the vendor. */
const leadsTo = (config: Config, path: string): string =>
  path.startsWith('/join/') ? (config.PUNCTUAL_MODE === 'sandbox' ? "'self' https: http:" : "'self' https:") : "'self'"

/** What somebody is shown is kept by nobody on the way, unless it says itself that it is the same for all. */
export async function keptByNobody(c: Context, next: () => Promise<void>): Promise<void> {
  await next()
  if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
}
