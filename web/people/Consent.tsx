import { Button, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Sheet } from '../desk/Sheet.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useZone } from '../me.ts'
import { moment } from '../times.ts'
import { CHANNELS } from '../words.ts'
import type { PersonAnswer } from './Person.tsx'

type Channel = 'whatsapp' | 'email'

/** What the person agreed to, when, and where that was said: the proof. */
export function Consent({ shown: { person, consents, may } }: { shown: PersonAnswer }) {
  const zone = useZone()
  const [opened, setOpened] = useState(false)
  return (
    <>
      {consents.length === 0 ? (
        <p className="soft">Nothing is on record. Mail about one’s own sessions needs no consent, WhatsApp does.</p>
      ) : (
        <ul className="plain">
          {consents.map(({ channel, grantedAt, source, withdrawnAt, withdrawnBy }) => (
            <li key={`${channel} ${grantedAt}`}>
              <span className={`state is-${withdrawnAt ? 'off' : 'good'}`}>{CHANNELS[channel]}</span>{' '}
              {moment(grantedAt, zone)} · <bdi>{source}</bdi>
              {withdrawnAt && (
                <span className="soft">
                  {' '}
                  · withdrawn {moment(withdrawnAt, zone)} by {withdrawnBy}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {may.change && (
        <p>
          <Button onClick={() => setOpened(true)}>Record consent or its withdrawal</Button>
        </p>
      )}
      {opened && <Record id={person.id} close={() => setOpened(false)} />}
    </>
  )
}

function Record({ id, close }: { id: string; close: () => void }) {
  const [channel, setChannel] = useState<Channel>('whatsapp')
  const [given, setGiven] = useState('yes')
  const [source, setSource] = useState('')
  const record = useSaid(
    'Recorded.',
    () =>
      answer(
        api.api.v1.people[':id'].consent.$post({
          param: { id },
          json: { channel, given: given === 'yes', ...(given === 'yes' ? { source } : {}) },
        }),
      ),
    close,
  )
  return (
    <Sheet title="Consent" close={close} act="Record it" doIt={() => record.mutate(undefined)} doing={record}>
      <Select
        label="Channel"
        value={channel}
        data={[
          { value: 'whatsapp', label: 'WhatsApp' },
          { value: 'email', label: 'Email' },
        ]}
        onChange={(value) => setChannel(value as Channel)}
      />
      <Select
        label="What the person said"
        value={given}
        data={[
          { value: 'yes', label: 'May be written to' },
          { value: 'no', label: 'Wants no more' },
        ]}
        onChange={(value) => setGiven(value ?? 'yes')}
      />
      {given === 'yes' && (
        <TextInput
          label="Where was that said?"
          description="The proof: a form, a call, a mail."
          required
          maxLength={200}
          value={source}
          onChange={({ currentTarget }) => setSource(currentTarget.value)}
        />
      )}
      <p className="soft">Messages that are planned already follow at once.</p>
    </Sheet>
  )
}
