import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../act.tsx'
import { answer, api, Problem } from '../api.ts'
import { among, Effects } from '../desk/Effects.tsx'
import { Reason } from '../desk/Reason.tsx'
import { Trouble } from '../desk/Trouble.tsx'
import { clock, moment } from '../times.ts'
import type { MergeAnswer } from './Merge.tsx'

type Props = {
  chosen: string[]
  zone: string
  now: string
  groups: MergeAnswer['groups']
  done: () => void
}

const ask = (json: { sessionIds: string[]; reason: string; dryRun?: boolean }) =>
  answer(api.api.v1.sessions.merge.$post({ json }))

export const undo = (mergeId: string, reason: string) =>
  answer(api.api.v1.merges[':mergeId'].undo.$post({ param: { mergeId }, json: { reason } }))

/** Everything that would follow, before anything happens; then the reason and one button. */
export function Preview({ chosen, zone, now, groups, done }: Props) {
  const [reason, setReason] = useState('')
  const preview = useQuery({
    queryKey: ['merge', chosen],
    queryFn: () => ask({ sessionIds: chosen, reason: 'preview', dryRun: true }),
    enabled: chosen.length > 1,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const { mutate, isPending, isWaiting, error } = useAct({
    act: () => ask({ sessionIds: chosen, reason: reason.trim() }),
    said: ({ startsAt }) => `Merged into ${moment(startsAt, zone)}. Everybody whose time or room changes is told.`,
    undo: ({ mergeId }) => (mergeId ? () => undo(mergeId, 'undone at once') : null),
    after: () => {
      setReason('')
      done()
    },
  })
  const plan = chosen.length > 1 ? preview.data : undefined
  const stays = plan && groups.flatMap(({ sessions }) => sessions).find(({ id }) => id === plan.survivorId)
  return (
    <section className="card" aria-label="What follows" aria-live="polite">
      <h2>What follows</h2>
      {chosen.length < 2 && (
        <p className="soft">
          {chosen.length === 0 ? 'Choose two sessions or more' : 'Choose another session of this mentor'}, and every
          effect stands here before anything happens.
        </p>
      )}
      {chosen.length > 1 && preview.error && <Refusal error={preview.error} zone={zone} />}
      {chosen.length > 1 && !preview.error && !plan && <p className="soft">One moment …</p>}
      {plan && !preview.error && (
        <>
          <h3>
            {moment(plan.startsAt, zone)}–{clock(plan.endsAt, zone)}{' '}
            {stays && <bdi className="soft">{stays.title ?? stays.mentees.join(', ')}</bdi>}
          </h3>
          <h4>People</h4>
          <ul className="effects">
            {plan.people.map((person) => (
              <li key={`${person.personId} ${person.from.sessionId}`}>
                <bdi>{person.name}</bdi> <span className="soft">{person.role}</span>{' '}
                {person.alreadyThere
                  ? `is there already, and is free at ${moment(person.from.startsAt, zone)}`
                  : `comes from ${moment(person.from.startsAt, zone)}`}
              </li>
            ))}
          </ul>
          <Effects follows={plan} who={among(plan.everybody)} now={now} zone={zone} />
          <form
            className="merge-form"
            onSubmit={(event) => {
              event.preventDefault()
              if (reason.trim()) mutate()
            }}
          >
            <Reason value={reason} set={setReason} />
            <Trouble error={error} isWaiting={isWaiting} />
            <Button
              type="submit"
              variant="filled"
              loading={isPending}
              disabled={preview.isFetching || reason.trim() === ''}
            >
              Merge {chosen.length} sessions and tell everybody
            </Button>
            <p className="soft">It can be undone until one of them starts.</p>
          </form>
        </>
      )}
    </section>
  )
}

type InTheWay = { id: string; startsAt: string; endsAt: string; layer: string }
const LAYERS: Record<string, string> = { booking: 'a booking', session: 'a published session', hold: 'a held time' }

/** Why it cannot be, and what is in the way. */
function Refusal({ error, zone }: { error: Error; zone: string }) {
  const conflicts = (error instanceof Problem ? (error.details.conflicts ?? []) : []) as InTheWay[]
  return (
    <div className="notice is-bad" role="alert">
      {error.message}
      {conflicts.length > 0 && (
        <ul>
          {conflicts.map(({ id, startsAt, endsAt, layer }) => (
            <li key={id}>
              {LAYERS[layer] ?? layer} {moment(startsAt, zone)}–{clock(endsAt, zone)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
