import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Trouble } from '../desk/Trouble.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useNow } from '../now.ts'
import { city, span } from '../times.ts'
import { CHANNELS } from '../words.ts'
import { LiftPause } from './LiftPause.tsx'
import type { PeopleAnswer } from './People.tsx'
import { barrierWords } from './words.ts'

type Row = PeopleAnswer['items'][number]

export function PeopleRows({ people }: { people: Row[] }) {
  const invite = useSaid('The invitation goes out.', (id: string) =>
    answer(api.api.v1.people[':id'].invite.$post({ param: { id } })),
  )
  return (
    <>
      <Trouble error={invite.error} />
      <div className="scroll">
        <table className="rows blocks">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Programmes</th>
              <th scope="col">Zone</th>
              <th scope="col">Reached by</th>
              <th scope="col">Invitation</th>
              <th scope="col">Bookings</th>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <PersonRow
                key={person.id}
                person={person}
                invite={() => invite.mutate(person.id)}
                isInviting={invite.isPending && invite.variables === person.id}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

type RowProps = { person: Row; invite: () => void; isInviting: boolean }

function PersonRow({ person, invite, isInviting }: RowProps) {
  return (
    <tr data-row>
      <th scope="row">
        <Link to="/people/$id" params={{ id: person.id }}>
          <bdi>{person.name}</bdi>
        </Link>
        <div className="soft">
          <bdi>{person.email}</bdi>
        </div>
      </th>
      <td>{person.roles.join(', ') || '–'}</td>
      <td>
        {person.programmes.length === 0 ? (
          <span className="soft">none yet</span>
        ) : (
          person.programmes.map(({ name }) => name).join(', ')
        )}
      </td>
      <td>{city(person.timeZone)}</td>
      <td>
        <Reached person={person} />
      </td>
      <td>
        <Invitation person={person} invite={invite} isInviting={isInviting} />
      </td>
      <td>
        <Pauses person={person} />
      </td>
    </tr>
  )
}

export function Reached({ person }: { person: Pick<Row, 'reachable' | 'barriers'> }) {
  return (
    <div className="stack">
      {person.reachable.length > 0 ? (
        <span className="state is-good">{person.reachable.map((channel) => CHANNELS[channel]).join(', ')}</span>
      ) : (
        <span className="state is-bad">nothing</span>
      )}
      {person.barriers.map((barrier) => (
        <span key={barrier.channel} className={`state is-${barrier.why === 'dead' ? 'bad' : 'warn'}`}>
          {barrierWords(barrier)}
        </span>
      ))}
    </div>
  )
}

/** Asked again by the same button; what was pressed shows at once that it was. */
export function Invitation({ person, invite, isInviting }: RowProps) {
  const now = useNow()
  if (person.deactivatedAt) return <span className="state is-off">left</span>
  if (person.acceptedAt) return <span className="state is-good">answered</span>
  return (
    <div className="line keeps">
      <span className={`state is-${person.invitedAt ? 'warn' : 'open'}`}>
        {person.invitedAt ? `no answer${now ? ` for ${span(person.invitedAt, now)}` : ''}` : 'not invited'}
      </span>
      <Button size="compact-xs" data-actions loading={isInviting} onClick={invite}>
        {person.invitedAt ? 'Send again' : 'Invite'}
      </Button>
    </div>
  )
}

function Pauses({ person }: { person: Row }) {
  const [lifting, setLifting] = useState<string | null>(null)
  if (person.pauses.length === 0) return null
  return (
    <div className="stack">
      {person.pauses.map(({ programmeId, reason }) => (
        <div className="line" key={programmeId}>
          <span className="state is-warn" title={reason}>
            paused: <bdi>{reason}</bdi>
          </span>
          <Button size="compact-xs" onClick={() => setLifting(programmeId)}>
            Lift
          </Button>
        </div>
      ))}
      {lifting && <LiftPause person={person} programmeId={lifting} close={() => setLifting(null)} />}
    </div>
  )
}
