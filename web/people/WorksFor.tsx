import { Button, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Reason } from '../desk/Reason.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'
import { programmesQuery } from './People.tsx'
import type { PersonAnswer } from './Person.tsx'

/** The programmes that somebody of ops works for; an admin changes them. */
export function WorksFor({ shown: { person, worksFor, may } }: { shown: PersonAnswer }) {
  const [changing, setChanging] = useState<{ programmeId: string | null; give: boolean } | null>(null)
  return (
    <section className="card">
      <h2>Works for</h2>
      {worksFor.length === 0 ? (
        <p className="soft">No programme: sees nothing of any.</p>
      ) : (
        <ul className="plain">
          {worksFor.map(({ programmeId, name }) => (
            <li key={programmeId} className="line">
              {name}
              {may.changeRights && (
                <Button size="compact-xs" onClick={() => setChanging({ programmeId, give: false })}>
                  Take away
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {may.changeRights && (
        <p>
          <Button onClick={() => setChanging({ programmeId: null, give: true })}>Give a programme</Button>
        </p>
      )}
      {changing && (
        <Change
          person={person}
          has={worksFor.map(({ programmeId }) => programmeId)}
          first={changing}
          close={() => setChanging(null)}
        />
      )}
    </section>
  )
}

type ChangeProps = {
  person: { id: string; name: string }
  has: string[]
  first: { programmeId: string | null; give: boolean }
  close: () => void
}

function Change({ person, has, first, close }: ChangeProps) {
  const programmes = useQuery(programmesQuery).data?.items ?? []
  const [programmeId, setProgramme] = useState(first.programmeId)
  const [reason, setReason] = useState('')
  const change = useSaid(
    first.give ? 'Given.' : 'Taken away.',
    (id: string) => {
      const asked = { param: { id, personId: person.id }, json: { reason } }
      const one = api.api.v1.programmes[':id'].ops[':personId']
      return first.give ? answer(one.$put(asked)).then(() => null) : answer(one.$delete(asked)).then(() => null)
    },
    close,
  )
  return (
    <Sheet
      title={first.give ? `Let ${person.name} work for a programme` : `Take the programme from ${person.name}`}
      close={close}
      act={first.give ? 'Give it' : 'Take it away'}
      doIt={() => programmeId && change.mutate(programmeId)}
      doing={change}
      isReady={programmeId !== null}
    >
      <p>
        {first.give
          ? 'They see and run it from the next request on.'
          : 'They see nothing of it from the next request on.'}
      </p>
      {first.give && (
        <Select
          label="Programme"
          required
          value={programmeId}
          data={programmes.filter(({ id }) => !has.includes(id)).map(({ id, name }) => ({ value: id, label: name }))}
          onChange={setProgramme}
        />
      )}
      <Reason label="Why?" value={reason} set={setReason} />
    </Sheet>
  )
}
