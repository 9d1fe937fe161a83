import { Button, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useZone } from '../me.ts'
import { programmesQuery } from '../people/People.tsx'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city } from '../times.ts'
import '../desk/desk.css'
import './programmes.css'

/** The programmes one runs, and what is in each. */
export function Programmes() {
  const asked = useQuery(programmesQuery)
  const [isNew, setNew] = useState(false)
  return (
    <>
      <div className="head">
        <h1>Programmes</h1>
        <div>
          <Button onClick={() => setNew(true)}>New programme</Button>
        </div>
      </div>
      {isNew && <NewProgramme close={() => setNew(false)} />}
      {asked.error ? (
        <Failed error={asked.error} again={asked.refetch} />
      ) : !asked.data ? (
        <Waiting />
      ) : asked.data.items.length === 0 ? (
        <section className="card empty">
          <h2>No programme yet</h2>
          <p>
            A programme holds pairs, their budgets, and the rules by which messages go out. Ops see those they work for.
          </p>
        </section>
      ) : (
        <div className="scroll">
          <table className="rows blocks">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Booking</th>
                <th scope="col">Room</th>
                <th scope="col">Zone</th>
                <th scope="col" className="number">
                  Open pairs
                </th>
                <th scope="col" className="number">
                  Booked of budget
                </th>
                <th scope="col" className="number">
                  Sessions to come
                </th>
                <th scope="col">Ops</th>
              </tr>
            </thead>
            <tbody>
              {asked.data.items.map(
                ({ id, name, booking, room, timeZone, openPairs, booked, budget, openSessions, ops }) => (
                  <tr key={id} data-row>
                    <th scope="row">
                      <Link to="/programmes/$id" params={{ id }}>
                        <bdi>{name}</bdi>
                      </Link>
                    </th>
                    <td>{booking === 'open' ? 'with any mentor' : 'with their mentor'}</td>
                    <td>{room === 'zoom' ? 'Zoom' : 'Meet'}</td>
                    <td>{city(timeZone)}</td>
                    <td className="number" data-label="Open pairs">
                      {openPairs}
                    </td>
                    <td className="number" data-label="Booked">
                      {booked} {budget === null ? <span className="soft">(no limit)</span> : `of ${budget}`}
                    </td>
                    <td className="number" data-label="Sessions to come">
                      {openSessions}
                    </td>
                    <td data-label="Ops">{ops.join(', ') || <span className="soft">admins only</span>}</td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

function NewProgramme({ close }: { close: () => void }) {
  const navigate = useNavigate()
  const timeZone = useZone()
  const [name, setName] = useState('')
  const [booking, setBooking] = useState<'open' | 'assigned'>('open')
  const create = useSaid(
    'The programme is made.',
    () => answer(api.api.v1.programmes.$post({ json: { name, booking, timeZone } })),
    ({ id }) => void navigate({ to: '/programmes/$id', params: { id } }),
  )
  return (
    <Sheet title="New programme" close={close} act="Make it" doIt={() => create.mutate(undefined)} doing={create}>
      <TextInput
        label="Name"
        required
        maxLength={200}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Select
        label="Who books whom"
        value={booking}
        data={BOOKING}
        onChange={(value) => setBooking(value as 'open' | 'assigned')}
      />
    </Sheet>
  )
}

export const BOOKING = [
  { value: 'open', label: 'Mentees book with any mentor of the programme' },
  { value: 'assigned', label: 'Mentees book with the mentor they are paired with' },
]
