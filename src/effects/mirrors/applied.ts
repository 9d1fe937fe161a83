import type { Trouble } from '../../vendors/answer.ts'

/** How one look at a vendor's object ended. */
export type Applied = Done | NotYet

/** It is as wanted. `remoteId: null`: there is nothing at the vendor any more. */
export type Done = {
  done: true
  remoteId: string | null
  remote?: Record<string, unknown>
  credentialId?: string | null
  generation?: number
}

/** Not yet: something else must come first, or the vendor asks to wait. What is known so far is kept. */
export type NotYet = {
  done: false
  code: string
  detail: string
  afterSeconds?: number
  remoteId?: string | null
  remote?: Record<string, unknown>
  generation?: number
  /** The vendor's own answer was this kind of trouble; absent when it was not asked. */
  kind?: Trouble['kind']
  /** It was not even tried: this counts as no failure. */
  untried?: true
}

/** A vendor's trouble: what it asks to wait is kept. */
export const trouble = ({ kind, code, detail, retryAfterSeconds }: Trouble): NotYet => ({
  done: false,
  kind,
  code,
  detail,
  ...(retryAfterSeconds === undefined ? {} : { afterSeconds: retryAfterSeconds }),
})
