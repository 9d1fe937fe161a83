import { Radio } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api } from '../../api.ts'
import { among, Effects } from '../../desk/Effects.tsx'
import { Reason } from '../../desk/Reason.tsx'
import { Sheet } from '../../desk/Sheet.tsx'
import { ACTS, VERDICTS } from '../../words.ts'
import type { SheetProps } from './SessionSheet.tsx'

const route = getRouteApi('/sessions/$id')

type Verdict = 'present' | 'late' | 'left_early' | 'absent' | 'cannot_tell'

/** A person's word about who was there. It stands until a person changes it; whoever was told otherwise hears it once. */
export function Verdict({ desk, zone, close }: SheetProps) {
  const navigate = useNavigate({ from: '/sessions/$id' })
  const { of } = route.useSearch()
  const people = desk.session.participants
  const person =
    people.find(({ personId }) => personId === of) ?? people.find(({ role }) => role === 'mentee') ?? people[0]
  const [verdict, setVerdict] = useState<Verdict | null>(null)
  const [reason, setReason] = useState('')
  const correct = useAct({
    act: (json: { personId: string; verdict: Verdict; reason: string }) =>
      answer(api.api.v1.sessions[':id'].attendance.$post({ param: { id: desk.session.id }, json })),
    said: () => `Corrected. ${person?.name}: ${VERDICTS[verdict ?? '']?.[1]}.`,
    after: close,
  })
  const json = person && verdict ? { personId: person.personId, verdict, reason: reason.trim() || 'preview' } : null
  const preview = useQuery({
    queryKey: ['verdict', desk.session.id, person?.personId, verdict],
    queryFn: () =>
      answer(
        api.api.v1.sessions[':id'].attendance.$post({
          param: { id: desk.session.id },
          json: { ...(json as NonNullable<typeof json>), dryRun: true },
        }),
      ),
    enabled: json !== null,
    retry: false,
  })
  return (
    <Sheet
      title={ACTS.verdict}
      close={close}
      act="Correct it"
      doIt={() => person && verdict && correct.mutate({ personId: person.personId, verdict, reason: reason.trim() })}
      doing={correct}
      isReady={verdict !== null && reason.trim() !== ''}
      follows={
        preview.data?.effects ? (
          <>
            <Effects follows={preview.data.effects} who={among(desk.session.participants)} now={desk.now} zone={zone} />
            <p className="soft">Your word stands until a person changes it; later evidence does not change it.</p>
          </>
        ) : (
          <p className="soft">
            {preview.error?.message ?? 'Choose a verdict, and every effect stands here before anything happens.'}
          </p>
        )
      }
    >
      <Radio.Group
        label="Who"
        value={person?.personId ?? ''}
        onChange={(personId) => void navigate({ search: { act: 'verdict', of: personId }, replace: true })}
      >
        {people.map(({ personId, name, role, verdict: known, stage }) => (
          <Radio
            key={personId}
            value={personId}
            label={
              <>
                <bdi>{name}</bdi>{' '}
                <span className="soft">
                  {role}
                  {known && `, now ${VERDICTS[known]?.[1] ?? known} (${stage})`}
                </span>
              </>
            }
          />
        ))}
      </Radio.Group>
      <Radio.Group label="Was" value={verdict ?? ''} onChange={(value) => setVerdict(value as Verdict)}>
        {Object.entries(VERDICTS).map(([value, [, words]]) => (
          <Radio key={value} value={value} label={words} />
        ))}
      </Radio.Group>
      <Reason value={reason} set={setReason} />
    </Sheet>
  )
}
