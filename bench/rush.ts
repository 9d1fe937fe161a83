// 32 clients want the same cell of one mentor, a new cell every 50 ms, fsync on: answers a second (yes or no) against bare
// inserts of the same clients, in turn. One winner a cell and no deadlock, or the run has failed.
// Run: node bench/rush.ts
import { median, perSecond } from './lib/pairs.ts'
import { bookInSql, insertBare, programmeOf } from './lib/programme.ts'
import { report } from './report.ts'

const CLIENTS = 32
const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MS = 1_500
const CELL_MS = 50

const wins = new Set<number>()
const programme = await programmeOf(CLIENTS)
const mentor = programme.mentors[0] as string
try {
  const bare: number[] = []
  const rush: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    bare.push(
      await perSecond(CLIENTS, MS, (client) =>
        insertBare(programme, mentor, programme.mentees[client] as string, round),
      ),
    )
    rush.push(await perSecond(CLIENTS, MS, (client) => rushOn(currentCell(), client)))
  }
  const { rows } = await programme.pool.query<{ deadlocks: number; overlaps: number; won: number }>(`
    select (select deadlocks from pg_stat_database where datname = current_database()) as deadlocks,
      (select count(*) from commitment a join commitment b on a.holder_id = b.holder_id and a.id < b.id and a.during && b.during) as overlaps,
      (select count(*) from session) as won`)
  console.log(
    `rush: ${wins.size} cells wanted, ${rows[0]?.won} won, ${rows[0]?.deadlocks} deadlocks, ${rows[0]?.overlaps} overlaps`,
  )
  if (rows[0]?.deadlocks !== 0 || rows[0]?.overlaps !== 0 || rows[0]?.won !== wins.size) process.exitCode = 1
  report('rush on one cell, 32 clients', {
    ours: median(rush.slice(1)),
    limit: median(bare.slice(1)),
    unit: 'answers a second',
    goal: '0.40 at least',
    met: (ratio) => ratio >= 0.4,
  })
} finally {
  await programme.stop()
}

function currentCell(): number {
  return Math.floor(performance.now() / CELL_MS)
}

async function rushOn(cell: number, client: number): Promise<void> {
  wins.add(cell)
  await bookInSql(programme, mentor, programme.mentees[client] as string, cell)
}
