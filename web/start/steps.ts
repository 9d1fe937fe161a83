import { answer, api } from '../api.ts'

export const firstSteps = (id: string) => answer(api.api.v1.mentors[':id']['first-steps'].$get({ param: { id } }))

export const stepsQuery = (id: string) => ({ queryKey: ['mentor', id, 'steps'], queryFn: () => firstSteps(id) })

export type Steps = Awaited<ReturnType<typeof firstSteps>>

const person = api.api.v1.people[':id']
type Change = Parameters<typeof person.$patch>[0]['json']
type Consent = Parameters<typeof person.consent.$post>[0]['json']

/** Changes of one's own account. */
export const changeOwn = (id: string, json: Change) => answer(person.$patch({ param: { id }, json }))

/** What one agrees to, and what not any more. */
export const consentOwn = (id: string, json: Consent) => answer(person.consent.$post({ param: { id }, json }))
