export const NOW = Temporal.Instant.from('2026-03-08T12:00:00Z')

const CELL = 1_800_000
export const cellAt = (cell: number): string => new Date(NOW.epochMilliseconds + 86_400_000 + cell * CELL).toISOString()

/** Who books which cell in a turn: every pair once before the next cell, so that no two calls ever want the same time. */
export function pairOf(people: { mentors: string[]; mentees: string[] }, turn: number): [string, string, number] {
  const count = people.mentors.length
  const index = (turn * 7919) % count
  return [people.mentors[index] as string, people.mentees[index] as string, Math.floor(turn / count)]
}

/** `clients` callers repeat `call` for `ms`, or as long as `goesOn`; answers how many calls a second ended. */
export async function perSecond(
  clients: number,
  ms: number,
  call: (client: number) => Promise<unknown>,
  goesOn: () => boolean = () => true,
): Promise<number> {
  const start = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() - start < ms && goesOn()) {
        await call(client)
        done++
      }
    }),
  )
  return (done * 1000) / (performance.now() - start)
}

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number
