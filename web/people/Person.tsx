import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { Trouble } from '../desk/Trouble.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useMe, useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city, day } from '../times.ts'
import { CHANNELS } from '../words.ts'
import { Consent } from './Consent.tsx'
import { EditPerson } from './EditPerson.tsx'
import { Erase } from './Erase.tsx'
import { JoinAccounts } from './JoinAccounts.tsx'
import { LiftPause } from './LiftPause.tsx'
import { Invitation, Reached } from './PeopleRows.tsx'
import { SignOut } from './SignOut.tsx'
import { WorksFor } from './WorksFor.tsx'
import '../desk/desk.css'
import './people.css'

const route = getRouteApi('/people/$id')

const read = (id: string) => answer(api.api.v1.desk.people[':id'].$get({ param: { id } }))
export type PersonAnswer = Awaited<ReturnType<typeof read>>

/** One person: how to reach them, what they agreed to, whom they meet, and what may be done about them. */
export function Person() {
  const { id } = route.useParams()
  const asked = useQuery({ queryKey: ['people', 'one', id], queryFn: () => read(id) })
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting />
  return <Whole key={id} shown={asked.data} />
}

type Sheet = 'edit' | 'join' | 'sign-out' | 'erase' | null

function Whole({ shown }: { shown: PersonAnswer }) {
  const { person, may } = shown
  const [sheet, setSheet] = useState<Sheet>(null)
  const { mode } = useMe()
  const invite = useSaid('The invitation goes out.', () =>
    answer(api.api.v1.people[':id'].invite.$post({ param: { id: person.id } })),
  )
  const close = () => setSheet(null)
  return (
    <>
      <p>
        <Link to="/people">People</Link>
      </p>
      <div className="head">
        <h1>
          <bdi>{person.name}</bdi> <span className="soft">{person.roles.join(', ')}</span>
        </h1>
        <div>
          {person.roles.includes('mentor') && (
            <Button component="a" href={`/app/hours?mentor=${person.id}`}>
              Hours
            </Button>
          )}
          {may.change && <Button onClick={() => setSheet('edit')}>Edit</Button>}
          {may.handOut && <Button onClick={() => setSheet('join')}>Join with another account</Button>}
          {may.handOut && (
            <Button component="a" href={`/api/v1/people/${person.id}/export`} download>
              Export what is held
            </Button>
          )}
          {may.change && <Button onClick={() => setSheet('sign-out')}>Sign out everywhere</Button>}
          {may.erase && <Button onClick={() => setSheet('erase')}>Erase</Button>}
          {mode === 'sandbox' && !person.deactivatedAt && (
            <form method="post" action="/sandbox/be">
              <Button type="submit" name="personId" value={person.id}>
                Open as this person
              </Button>
            </form>
          )}
        </div>
      </div>
      <Trouble error={invite.error} />
      <div className="columns">
        <section className="card">
          <h2>Contact</h2>
          <Contact shown={shown} />
          <h2>Invitation</h2>
          <Invitation person={person} invite={() => invite.mutate(undefined)} isInviting={invite.isPending} />
        </section>
        <section className="card">
          <h2>Consent</h2>
          <Consent shown={shown} />
        </section>
        <section className="card">
          <h2>Pairs</h2>
          <Pairs shown={shown} />
        </section>
        {person.pauses.length > 0 && <Pauses shown={shown} />}
        {person.roles.includes('ops') && <WorksFor shown={shown} />}
      </div>
      {sheet === 'edit' && <EditPerson shown={shown} close={close} />}
      {sheet === 'join' && <JoinAccounts person={person} close={close} />}
      {sheet === 'sign-out' && <SignOut person={person} close={close} />}
      {sheet === 'erase' && <Erase person={person} close={close} />}
    </>
  )
}

function Contact({ shown: { person, aliases, dead } }: { shown: PersonAnswer }) {
  const zone = useZone()
  return (
    <dl className="facts">
      <dt>Reached by</dt>
      <dd>
        <Reached person={person} />
      </dd>
      <dt>Email</dt>
      <dd>
        <bdi>{person.email}</bdi>
      </dd>
      <dt>Number</dt>
      <dd>{person.phone ?? <span className="soft">none</span>}</dd>
      {dead.map(({ channel, address, why, since }) => (
        <div key={channel} className="notice is-bad">
          {CHANNELS[channel]} called <bdi>{address}</bdi> wrong on {day(since, zone)} ({why}). Another address starts
          clean.
        </div>
      ))}
      <dt>Wants</dt>
      <dd>{person.channels.map((channel) => CHANNELS[channel]).join(', ') || 'no channel'}</dd>
      <dt>Zone and language</dt>
      <dd>
        {city(person.timeZone)} <span className="soft">{person.timeZone}</span> · {person.locale}
      </dd>
      <dt>Quiet hours</dt>
      <dd>
        {person.quietFrom}–{person.quietTo}
      </dd>
      {aliases.length > 0 && <dt>Other addresses</dt>}
      {aliases.map(({ email, learned }) => (
        <dd key={email}>
          <bdi>{email}</bdi> <span className="soft">from {learned}</span>
        </dd>
      ))}
    </dl>
  )
}

function Pairs({ shown: { person, pairs } }: { shown: PersonAnswer }) {
  if (pairs.length === 0) return <p className="soft">In no pair of yours to see.</p>
  return (
    <ul className="plain">
      {pairs.map(({ id, programmeId, programme, mentorId, mentor, menteeId, mentee, endedAt }) => {
        const isMentor = mentorId === person.id
        return (
          <li key={id}>
            {isMentor ? 'mentors' : 'learns from'}{' '}
            <Link to="/people/$id" params={{ id: isMentor ? menteeId : mentorId }}>
              <bdi>{isMentor ? mentee : mentor}</bdi>
            </Link>{' '}
            <span className="soft">in</span>{' '}
            <Link to="/programmes/$id" params={{ id: programmeId }}>
              {programme}
            </Link>
            {endedAt && <span className="state is-off"> ended</span>}
          </li>
        )
      })}
    </ul>
  )
}

function Pauses({ shown: { person } }: { shown: PersonAnswer }) {
  const [lifting, setLifting] = useState<string | null>(null)
  const zone = useZone()
  const nameOf = (id: string) => person.programmes.find((programme) => programme.id === id)?.name ?? 'a programme'
  return (
    <section className="card">
      <h2>Bookings paused</h2>
      <ul className="plain">
        {person.pauses.map(({ programmeId, reason, pausedAt }) => (
          <li key={programmeId} className="line">
            <span className="state is-warn">{nameOf(programmeId)}</span>
            <span>
              since {day(pausedAt, zone)}: <bdi>{reason}</bdi>
            </span>
            <Button size="compact-xs" onClick={() => setLifting(programmeId)}>
              Lift
            </Button>
          </li>
        ))}
      </ul>
      {lifting && <LiftPause person={person} programmeId={lifting} close={() => setLifting(null)} />}
    </section>
  )
}
