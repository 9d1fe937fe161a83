import { useMe } from '../me.ts'

/** Whose pages these are: one's own, or for ops those of `?mentor=`. Null: somebody without hours, and nobody named. */
export function useMentor(asked: string | undefined): { id: string; isOwn: boolean } | null {
  const { person, ops } = useMe()
  if (ops && asked && asked !== person?.id) return { id: asked, isOwn: false }
  if (person?.roles.includes('mentor')) return { id: person.id, isOwn: true }
  return null
}
