import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Trouble } from '../desk/Trouble.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useZone } from '../me.ts'
import { day } from '../times.ts'
import type { ProgrammeAnswer } from './Programme.tsx'
import { BOOKING } from './Programmes.tsx'

type Changes = Parameters<(typeof api.api.v1.programmes)[':id']['$patch']>[0]['json']

const ZONES = Intl.supportedValuesOf('timeZone')

/** Name, who books whom, room, closed days, and who works for it. Only what was changed is sent. */
export function Settings({ programme }: { programme: ProgrammeAnswer }) {
  const [changes, setChanges] = useState<Changes>({})
  const set = (more: Changes) => setChanges((old) => ({ ...old, ...more }))
  const save = useSaid(
    'Saved.',
    () => answer(api.api.v1.programmes[':id'].$patch({ param: { id: programme.id }, json: changes })),
    () => setChanges({}),
  )
  const now = { ...programme, ...changes }
  return (
    <div className="columns">
      <form
        className="card sheet"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate(undefined)
        }}
      >
        <h2>Set-up</h2>
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={now.name}
          onChange={({ currentTarget }) => set({ name: currentTarget.value })}
        />
        <Select
          label="Who books whom"
          value={now.booking}
          data={BOOKING}
          onChange={(booking) => set({ booking: booking as 'open' | 'assigned' })}
        />
        <Select
          label="Room"
          description="Sessions that are booked already keep theirs. In Meet it cannot be told who came."
          value={now.room}
          data={[
            { value: 'zoom', label: 'Zoom' },
            { value: 'meet', label: 'Google Meet' },
          ]}
          onChange={(room) => set({ room: room as 'zoom' | 'meet' })}
        />
        <Select
          label="Zone of its days"
          searchable
          limit={100}
          value={now.timeZone}
          data={ZONES.includes(now.timeZone) ? ZONES : [now.timeZone, ...ZONES]}
          onChange={(timeZone) => timeZone && set({ timeZone })}
        />
        <NumberInput
          label="Budget of a new pair, sessions"
          min={1}
          max={1000}
          value={now.defaultBudget}
          onChange={(value) => typeof value === 'number' && set({ defaultBudget: value })}
        />
        <TextInput
          label="Slack channel of its ops"
          description="Empty: the one of the installation"
          maxLength={80}
          value={now.slackChannel ?? ''}
          onChange={({ currentTarget }) => set({ slackChannel: currentTarget.value.trim() || null })}
        />
        <ClosedDays days={now.closedDays} set={(closedDays) => set({ closedDays })} />
        <Trouble error={save.error} />
        <div className="line">
          <Button
            type="submit"
            variant="filled"
            size="sm"
            loading={save.isPending}
            disabled={Object.keys(changes).length === 0}
          >
            Save
          </Button>
          {save.isSuccess && Object.keys(changes).length === 0 && <span className="state is-good">saved</span>}
        </div>
      </form>
      <Ops id={programme.id} />
    </div>
  )
}

type Days = ProgrammeAnswer['closedDays']

function ClosedDays({ days, set }: { days: Days; set: (days: Days) => void }) {
  const [date, setDate] = useState('')
  const [reason, setReason] = useState('')
  const add = () => {
    const added = [...days.filter((one) => one.date !== date), { date, ...(reason ? { reason } : {}) }]
    set(added.toSorted((a, b) => (a.date < b.date ? -1 : 1)))
    setDate('')
    setReason('')
  }
  return (
    <fieldset className="part">
      <legend>Closed days: nothing can be booked on them</legend>
      <ul className="plain">
        {days.length === 0 && <li className="soft">None.</li>}
        {days.map((one) => (
          <li key={one.date} className="line">
            <span>
              {day(`${one.date}T12:00:00Z`, 'UTC')} {one.date.slice(0, 4)} <bdi className="soft">{one.reason}</bdi>
            </span>
            <Button
              size="compact-xs"
              aria-label={`Open ${one.date} again`}
              onClick={() => set(days.filter(({ date }) => date !== one.date))}
            >
              Open again
            </Button>
          </li>
        ))}
      </ul>
      <div className="line below">
        <TextInput
          type="date"
          label="Day"
          value={date}
          onChange={({ currentTarget }) => setDate(currentTarget.value)}
        />
        <TextInput
          label="Why"
          maxLength={200}
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <Button disabled={!date} onClick={add}>
          Close it
        </Button>
      </div>
    </fieldset>
  )
}

function Ops({ id }: { id: string }) {
  const zone = useZone()
  const asked = useQuery({
    queryKey: ['programmes', 'ops', id],
    queryFn: () => answer(api.api.v1.desk.programmes[':id'].ops.$get({ param: { id } })),
  })
  return (
    <section className="card">
      <h2>Who works for it</h2>
      <Trouble error={asked.error} />
      {asked.data?.items.length === 0 && <p className="soft">Only admins, who work for all.</p>}
      <ul className="plain">
        {asked.data?.items.map(({ personId, name, since, givenBy }) => (
          <li key={personId}>
            <Link to="/people/$id" params={{ id: personId }}>
              <bdi>{name}</bdi>
            </Link>{' '}
            <span className="soft">
              since {day(since, zone)}, given by {givenBy}
            </span>
          </li>
        ))}
      </ul>
      <p className="soft">An admin gives or takes a programme on the page of the person.</p>
    </section>
  )
}
