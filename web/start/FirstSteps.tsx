import './start.css'
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { NoMentor } from '../mentor/NoMentor.tsx'
import { useMentor } from '../mentor/whose.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { city } from '../times.ts'
import { Calendar } from './Calendar.tsx'
import { stepsQuery } from './steps.ts'
import { WhatsApp } from './WhatsApp.tsx'
import { Zone } from './Zone.tsx'

const route = getRouteApi('/start')

/** Zone, hours, calendar, WhatsApp: what is done and what is open, each with what it is for. */
export function FirstSteps() {
  const { mentor, calendar } = route.useSearch()
  const whose = useMentor(mentor)
  const asked = useQuery({ ...stepsQuery(whose?.id ?? ''), enabled: whose !== null })
  if (!whose) return <NoMentor />
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting />
  const steps = asked.data
  const { zone, hours, whatsapp, isFinished } = steps
  return (
    <>
      <div className="head">
        <h1>
          {whose.isOwn ? (
            'First steps'
          ) : (
            <>
              First steps of <bdi>{steps.mentor.name}</bdi>
            </>
          )}
        </h1>
      </div>
      <p role="status">
        {isFinished ? (
          <span className="state is-good">Everything is ready: mentees can book.</span>
        ) : (
          <span className="soft">Three of these take a minute each. Mentees can book once your hours are open.</span>
        )}
      </p>
      <ol className="steps">
        <Step title="Your time zone" state={zone.isDone ? 'done' : 'open'}>
          <Zone id={whose.id} steps={steps} isOwn={whose.isOwn} />
        </Step>
        <Step title="Your hours" state={hours.isDone ? 'done' : 'open'}>
          <p>
            {hours.isDone
              ? `${Math.round((hours.minutesAWeek / 60) * 10) / 10} hours a week are open, on the clock of ${city(zone.hoursZone ?? zone.timeZone)}.`
              : 'Nothing is open yet, so nobody can book. Type or drag the hours you want to give.'}
          </p>
          <Button
            variant={hours.isDone ? 'default' : 'filled'}
            renderRoot={(props) => <Link to="/hours" search={mentor ? { mentor } : {}} {...props} />}
          >
            {hours.isDone ? 'Look at your hours' : 'Open hours'}
          </Button>
        </Step>
        <Calendar steps={steps} isOwn={whose.isOwn} outcome={calendar} Step={Step} />
        <Step title="WhatsApp" state={whatsapp.state === 'open' ? 'open' : 'done'}>
          <WhatsApp id={whose.id} steps={steps} isOwn={whose.isOwn} />
        </Step>
      </ol>
    </>
  )
}

const STATES = {
  done: ['good', 'done'],
  open: ['open', 'open'],
  may: ['off', 'if you like'],
  broken: ['bad', 'needs you'],
} as const

export function Step({ title, state, children }: { title: string; state: keyof typeof STATES; children: ReactNode }) {
  const [tone, words] = STATES[state]
  return (
    <li className="card">
      <h2>
        {title} <span className={`state is-${tone}`}>{words}</span>
      </h2>
      {children}
    </li>
  )
}
