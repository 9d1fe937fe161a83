import { Button, TextInput } from '@mantine/core'
import { instantOf, moment } from '../times.ts'
import type { Draft, Mistakes } from './draft.ts'
import type { Affected } from './hours-queries.ts'

type Props = { draft: Draft; set: (change: Partial<Draft>) => void; mistakes: Mistakes; affected: Affected[] }

/** What differs from every week: other hours on a date, and times away with the sessions they hit. */
export function Dates({ draft, set, mistakes, affected }: Props) {
  const { overrides, absences } = draft
  const setOverride = (at: number, change: Partial<Draft['overrides'][number]>) =>
    set({ overrides: overrides.map((old, i) => (i === at ? { ...old, ...change } : old)) })
  const setAbsence = (at: number, change: Partial<Draft['absences'][number]>) =>
    set({ absences: absences.map((old, i) => (i === at ? { ...old, ...change } : old)) })
  return (
    <section className="card" aria-labelledby="dates">
      <h2 id="dates">Other hours on a date</h2>
      <p className="soft">They replace that date’s usual hours; “closed” closes it.</p>
      {overrides.map(({ date, text }, i) => (
        <fieldset className="form-line" key={i}>
          <legend className="hidden">Date {i + 1}</legend>
          <TextInput
            type="date"
            label="Date"
            value={date}
            error={mistakes[`overrides.${i}.date`]}
            onChange={({ currentTarget }) => setOverride(i, { date: currentTarget.value })}
          />
          <TextInput
            className="grows"
            label="Hours instead"
            placeholder="closed"
            maxLength={300}
            value={text}
            error={mistakes[`overrides.${i}.text`]}
            onChange={({ currentTarget }) => setOverride(i, { text: currentTarget.value })}
          />
          <Button
            aria-label={`Remove the hours of ${date || 'this date'}`}
            onClick={() => set({ overrides: overrides.filter((_, other) => other !== i) })}
          >
            Remove
          </Button>
        </fieldset>
      ))}
      <Button onClick={() => set({ overrides: [...overrides, { date: '', text: '' }] })}>Add a date</Button>

      <h2>Away</h2>
      <p className="soft">Nothing is offered then. The reason is for you and ops only.</p>
      {absences.map((absence, i) => (
        <fieldset className="form-line" key={i}>
          <legend className="hidden">Absence {i + 1}</legend>
          <TextInput
            type="datetime-local"
            label="From"
            value={absence.from}
            error={mistakes[`absences.${i}.from`]}
            onChange={({ currentTarget }) => setAbsence(i, { from: currentTarget.value })}
          />
          <TextInput
            type="datetime-local"
            label="Until"
            value={absence.to}
            error={mistakes[`absences.${i}.to`]}
            onChange={({ currentTarget }) => setAbsence(i, { to: currentTarget.value })}
          />
          <TextInput
            className="grows"
            label="Why"
            maxLength={200}
            value={absence.reason}
            error={mistakes[`absences.${i}.reason`]}
            onChange={({ currentTarget }) => setAbsence(i, { reason: currentTarget.value })}
          />
          <Button
            aria-label={`Remove absence ${i + 1}`}
            onClick={() => set({ absences: absences.filter((_, other) => other !== i) })}
          >
            Remove
          </Button>
          <Hit absence={absence} zone={draft.timeZone} affected={affected} />
        </fieldset>
      ))}
      <Button onClick={() => set({ absences: [...absences, { from: '', to: '', reason: '' }] })}>Add an absence</Button>
    </section>
  )
}

function Hit({ absence, zone, affected }: { absence: Draft['absences'][number]; zone: string; affected: Affected[] }) {
  const [from, to] = [instantOf(absence.from, zone), instantOf(absence.to, zone)]
  if (from === null || to === null) return null
  const hit = affected.filter(
    ({ causes, startsAt, endsAt }) =>
      causes.includes('absence') && Date.parse(startsAt) < Date.parse(to) && Date.parse(endsAt) > Date.parse(from),
  )
  return (
    <p className="whole" role="status">
      {hit.length === 0 ? (
        <span className="soft">No booked session lies in it.</span>
      ) : (
        <span className="state is-warn">
          {hit.length === 1 ? 'One booked session lies in it' : `${hit.length} booked sessions lie in it`}:{' '}
          {hit
            .slice(0, 4)
            .map(({ startsAt, mentees }) => `${moment(startsAt, zone)} ${mentees.map(({ name }) => name).join(', ')}`)
            .join(' · ')}
          {hit.length > 4 && ' …'}
        </span>
      )}
    </p>
  )
}
