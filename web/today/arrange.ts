import type { TodayAnswer } from './Today.tsx'

export type Case = TodayAnswer['cases'][number]
export type Row = TodayAnswer['sessions'][number]
export type Group = Row['group']
export type Line = { session: Row; group: Group }

/** What stands where: the cases from the top, then each session in its group. */
export type Arrangement = { cases: string[]; lines: { id: string; group: Group }[] }

export const GROUPS: readonly Group[] = ['now', 'next', 'later', 'done']

export const arrange = ({ cases, sessions }: Pick<TodayAnswer, 'cases' | 'sessions'>): Arrangement => ({
  cases: cases.map(({ id }) => id),
  lines: GROUPS.flatMap((of) =>
    sessions.filter(({ group }) => group === of).map(({ sessionId, group }) => ({ id: sessionId, group })),
  ),
})

export const isSame = (a: Arrangement, b: Arrangement): boolean => JSON.stringify(a) === JSON.stringify(b)

/** How many lines stand elsewhere, or are new or gone. */
export function moved(from: Arrangement, to: Arrangement): number {
  const places = ({ cases, lines }: Arrangement) =>
    new Set([...cases.map((id) => `case ${id}`), ...lines.map(({ id, group }) => `${group} ${id}`)])
  const [old, now] = [places(from), places(to)]
  return Math.max(old.difference(now).size, now.difference(old).size)
}

/** What is known now, in the places of an arrangement; what is gone since then is shown as it was last known. */
export function placed(
  { cases, lines }: Arrangement,
  known: { cases: Map<string, Case>; sessions: Map<string, Row> },
): { cases: Case[]; lines: Line[] } {
  return {
    cases: cases.flatMap((id) => known.cases.get(id) ?? []),
    lines: lines.flatMap(({ id, group }) => {
      const session = known.sessions.get(id)
      return session ? [{ session, group }] : []
    }),
  }
}
