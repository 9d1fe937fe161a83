import { Checkbox, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'
import type { PersonAnswer } from './Person.tsx'

type Changes = Parameters<(typeof api.api.v1.people)[':id']['$patch']>[0]['json']
type Role = 'mentor' | 'mentee' | 'ops' | 'admin'
type Channel = 'whatsapp' | 'email'

const ZONES = Intl.supportedValuesOf('timeZone')

/** Only what was changed is sent: whoever else edits this person at the same moment loses nothing. */
export function EditPerson({ shown: { person, may }, close }: { shown: PersonAnswer; close: () => void }) {
  const [changes, setChanges] = useState<Changes>({})
  const set = (more: Changes) => setChanges((old) => ({ ...old, ...more }))
  const save = useSaid(
    'Saved.',
    () => answer(api.api.v1.people[':id'].$patch({ param: { id: person.id }, json: changes })),
    close,
  )
  const channels = (changes.channels ?? person.channels) as Channel[]
  const roles = (changes.roles ?? person.roles) as Role[]
  const toggled = <T extends string>(list: T[], one: T, isOn: boolean) =>
    isOn ? [...list, one] : list.filter((other) => other !== one)
  const text = (field: 'name' | 'email' | 'locale' | 'quietFrom' | 'quietTo', label: string, type = 'text') => (
    <TextInput
      label={label}
      type={type}
      required
      value={changes[field] ?? person[field]}
      onChange={({ currentTarget }) => set({ [field]: currentTarget.value })}
    />
  )
  const zone = changes.timeZone ?? person.timeZone
  return (
    <Sheet
      title={`Edit ${person.name}`}
      close={close}
      act="Save"
      doIt={() => save.mutate(undefined)}
      doing={save}
      isReady={Object.keys(changes).length > 0}
    >
      {text('name', 'Name')}
      {text('email', 'Email', 'email')}
      <TextInput
        label="Number, with its country"
        description="Another number starts clean, also where the old one was dead."
        type="tel"
        value={changes.phone === undefined ? (person.phone ?? '') : (changes.phone ?? '')}
        onChange={({ currentTarget }) => set({ phone: currentTarget.value.trim() || null })}
      />
      <Select
        label="Time zone"
        searchable
        limit={100}
        value={zone}
        data={ZONES.includes(zone) ? ZONES : [zone, ...ZONES]}
        onChange={(timeZone) => timeZone && set({ timeZone })}
      />
      {text('locale', 'Language, such as en or hi')}
      <div className="fields">
        {text('quietFrom', 'Quiet from', 'time')}
        {text('quietTo', 'Quiet until', 'time')}
      </div>
      <Checkbox.Group label="Wants to be reached by" value={channels}>
        {(['whatsapp', 'email'] as const).map((channel) => (
          <Checkbox
            key={channel}
            mt="xs"
            value={channel}
            label={channel === 'whatsapp' ? 'WhatsApp' : 'Email'}
            onChange={({ currentTarget }) => set({ channels: toggled(channels, channel, currentTarget.checked) })}
          />
        ))}
      </Checkbox.Group>
      <Checkbox.Group
        label="Roles"
        description={may.changeRights ? 'Ops and admin are rights.' : 'Rights of ops and admin are an admin’s to give.'}
        value={roles}
      >
        {(['mentor', 'mentee', ...(may.changeRights ? (['ops', 'admin'] as const) : [])] as const).map((role) => (
          <Checkbox
            key={role}
            mt="xs"
            value={role}
            label={role}
            onChange={({ currentTarget }) => set({ roles: toggled(roles, role, currentTarget.checked) })}
          />
        ))}
      </Checkbox.Group>
      <Checkbox
        label="Has left: gets no messages and cannot sign in"
        checked={changes.deactivated ?? person.deactivatedAt !== null}
        onChange={({ currentTarget }) => set({ deactivated: currentTarget.checked })}
      />
    </Sheet>
  )
}
