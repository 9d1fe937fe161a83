import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { hc } from 'hono/client'
import type { clockRoutes } from '../../src/sandbox/clock-routes.ts'
import type { personaRoutes } from '../../src/sandbox/personas.ts'
import type { sceneRoutes } from '../../src/sandbox/scene/routes.ts'
import { answer, Problem } from '../api.ts'
import { queries } from '../queries.ts'
import { actedAt } from './since.ts'

/** The world outside, read. */
const outside = hc<ReturnType<typeof sceneRoutes>>('/').sandbox
const personas = hc<ReturnType<typeof personaRoutes>>('/').sandbox.people

export type Scene = Awaited<ReturnType<typeof readScene>>
export type Story = Awaited<ReturnType<typeof readStory>>
export type Happenings = Awaited<ReturnType<typeof readHappenings>>

const readScene = (session: string | undefined, others: readonly string[]) =>
  answer(
    outside.scene.$get({
      query: { ...(session ? { session } : {}), ...(others.length > 0 ? { with: others.join(',') } : {}) },
    }),
  )
export const useScene = (session: string | undefined, others: readonly string[]) =>
  useQuery({
    queryKey: ['scene', session, others],
    queryFn: () => readScene(session, others),
    placeholderData: keepPreviousData,
  })

const readStory = (session: string | undefined) => answer(outside.story.$get({ query: session ? { session } : {} }))
export const useStory = (session: string | undefined) =>
  useQuery({ queryKey: ['story', session], queryFn: () => readStory(session), placeholderData: keepPreviousData })

const readHappenings = (since: string | null) => answer(outside.happenings.$get({ query: since ? { since } : {} }))
export const useHappenings = (since: string | null) =>
  useQuery({ queryKey: ['happenings', since], queryFn: () => readHappenings(since), placeholderData: keepPreviousData })
/** Somebody is about to act: what comes from now on counts as new. */
export const aboutToAct = async (): Promise<void> => actedAt((await readHappenings(null)).seen)

export const usePersonas = (search: string) =>
  useQuery({
    queryKey: ['personas', search],
    queryFn: () => answer(personas.$get({ query: { search } })),
    placeholderData: keepPreviousData,
  })

/** After people or vendors did something: waits until everything that it caused has happened where the clock stands. */
const comeToRest = () =>
  answer(hc<ReturnType<typeof clockRoutes>>('/').sandbox.clock.advance.$post({ json: { by: 'PT0S' } }))

/** What people and vendors do: the sandbox's public addresses, the same that scripts and rehearsals use. */
export type Deed = { method: 'POST' | 'PUT' | 'DELETE'; path: string; body?: Record<string, unknown> }

async function perform({ method, path, body = {} }: Deed): Promise<void> {
  const response = await fetch(`/sandbox/${path}`, {
    method,
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Problem(0, { code: 'unreachable', detail: 'Punctual does not answer. Check the connection.' })
  })
  if (!response.ok)
    throw new Problem(response.status, (await response.json().catch(() => ({}))) as Record<string, unknown>)
}

/** Does it, and resolves when everything that it caused has happened and is shown. */
export function useDeed() {
  return useMutation({
    onMutate: aboutToAct,
    mutationFn: async (deed: Deed) => {
      await perform(deed)
      await comeToRest()
    },
    onSettled: () => queries.invalidateQueries(),
  })
}
