import { type Bell, bell } from './pump.ts'

export type Lane = {
  /** Works until nothing is left, at least one full look after this call. Joins a run that is under way. */
  run(): Promise<number>
  /** Waits for a run that is under way, and asks for none: how much it did, 0 when it stood still. */
  join(): Promise<number>
  /** Resolves when it stands still, whatever came of it. */
  rest(): Promise<void>
}

/** One kind of work of a process: never twice at the same time, and never missing a call that came while it worked. */
export function lane(work: (rings: Bell) => Promise<number>): Lane {
  const rings = bell()
  let running: Promise<number> | null = null
  let again = false

  const runs = async (): Promise<number> => {
    let done = 0
    try {
      while (again) {
        again = false
        done += await work(rings)
      }
    } finally {
      // In the same breath as the look at `again`: a call after this starts a new run.
      running = null
    }
    return done
  }
  return {
    run() {
      again = true
      rings.ring()
      running ??= runs()
      return running
    },
    join: async () => (await running) ?? 0,
    rest: async () => void (await running?.catch(() => {})),
  }
}
