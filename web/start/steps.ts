import { answer, api, Problem } from '../api.ts'

export const firstSteps = (id: string) => answer(api.api.v1.mentors[':id']['first-steps'].$get({ param: { id } }))

export const stepsQuery = (id: string) => ({ queryKey: ['mentor', id, 'steps'], queryFn: () => firstSteps(id) })

export type Steps = Awaited<ReturnType<typeof firstSteps>>

/** Changes of one's own account. */
export async function changeOwn(id: string, path: '' | '/consent', json: object): Promise<void> {
  const response = await fetch(`/api/v1/people/${id}${path}`, {
    method: path === '' ? 'PATCH' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  }).catch(() => null)
  if (response?.ok) return
  const document = (await response?.json().catch(() => ({}))) as Record<string, unknown> | undefined
  throw new Problem(response?.status ?? 0, document ?? { detail: 'Punctual does not answer. Nothing was changed.' })
}
