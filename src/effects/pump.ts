import { setTimeout } from 'node:timers/promises'

/** Somebody says that there may be work; whoever waits looks again. */
export type Bell = { ring(): void; next(): Promise<void> }

export function bell(): Bell {
  let heard = Promise.withResolvers<void>()
  return {
    ring() {
      heard.resolve()
      heard = Promise.withResolvers<void>()
    },
    next: () => heard.promise,
  }
}

/** Pieces that end close together are followed by one look for more instead of one each. A vendor's call takes far longer. */
const GATHER_MS = 5

/**
 * Takes work as it comes and keeps up to `limit` pieces under way. Resolves when nothing can be taken and nothing is under
 * way any more, with the number of pieces done. A slow piece holds one place, never the others: each end of a piece and
 * each ring looks for more.
 */
export async function pump(
  limit: number,
  take: (room: number) => Promise<(() => Promise<void>)[]>,
  rings: Bell = bell(),
): Promise<number> {
  const underWay = new Set<Promise<void>>()
  let failure: { error: unknown } | null = null
  let done = 0
  for (;;) {
    // Asked for before looking, so that a ring in between is not missed.
    const rung = rings.next()
    const pieces = underWay.size < limit && !failure ? await take(limit - underWay.size) : []
    for (const piece of pieces) {
      const running: Promise<void> = piece()
        .then(() => void done++)
        .catch((error) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(running))
      underWay.add(running)
    }
    if (underWay.size === 0) {
      if (failure) throw (failure as { error: unknown }).error
      if (pieces.length === 0) return done
    } else if (pieces.length === 0 || underWay.size >= limit) {
      await Promise.race([...underWay, rung])
      if (underWay.size > 0) await setTimeout(GATHER_MS)
    }
  }
}
