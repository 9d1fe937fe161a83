import { Button, FileInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Problem } from '../api.ts'
import { Trouble } from '../desk/Trouble.tsx'
import { queries } from '../queries.ts'
import '../desk/desk.css'
import './people.css'

const FILES = [
  ['people', 'email, name, role, time_zone, locale, phone, aliases, whatsapp_consent_at, whatsapp_consent_source'],
  ['hours', 'email, weekday, from, to'],
  ['calendar', 'email, and what differs from the defaults: session_minutes, step_minutes, buffer_before, …'],
  ['mentorships', 'programme, mentor_email, mentee_email, sessions, starts_on, ends_on'],
] as const
type Name = (typeof FILES)[number][0]
type Count = { created: number; updated: number; unchanged: number }
type Result = { people: Count; hours: Count; mentorships: Count; dryRun: boolean }

/** CSV brought in all or nothing: every bad line by name, and nothing imported while there is one. */
export function Import() {
  const [files, setFiles] = useState<Partial<Record<Name, File>>>({})
  const bring = useMutation({
    mutationFn: (dryRun: boolean) => send(files, dryRun),
    onSuccess: () => void queries.invalidateQueries(),
  })
  const isReady = Object.keys(files).length > 0
  const faults =
    bring.error instanceof Problem && Array.isArray(bring.error.details.errors) ? bring.error.details.errors.length : 0
  return (
    <>
      <p>
        <Link to="/people">People</Link>
      </p>
      <h1>Import from CSV</h1>
      <p>
        Everything comes in, or nothing: one bad line, and each is named below, and no other line is imported either.
      </p>
      <section className="card">
        <div className="fields from-top">
          {FILES.map(([name, columns]) => (
            <FileInput
              key={name}
              label={`${name}.csv`}
              description={columns}
              placeholder="Choose a file"
              accept=".csv,text/csv"
              clearable
              clearButtonProps={{ 'aria-label': `Leave out ${name}.csv` }}
              value={files[name] ?? null}
              onChange={(file) => {
                bring.reset()
                setFiles(({ [name]: _old, ...rest }) => (file ? { ...rest, [name]: file } : rest))
              }}
            />
          ))}
        </div>
        <div className="line below">
          <Button disabled={!isReady} loading={bring.isPending && bring.variables} onClick={() => bring.mutate(true)}>
            Check only
          </Button>
          <Button
            variant="filled"
            disabled={!isReady}
            loading={bring.isPending && !bring.variables}
            onClick={() => bring.mutate(false)}
          >
            Import
          </Button>
        </div>
      </section>
      {faults > 0 && <h2>Nothing was imported. {faults === 1 ? 'One line is' : `${faults} things are`} not right:</h2>}
      <Trouble error={bring.error} />
      {bring.data && <Outcome result={bring.data} />}
    </>
  )
}

function Outcome({ result }: { result: Result }) {
  const lines = (['people', 'hours', 'mentorships'] as const).map((name) => ({ name, ...result[name] }))
  return (
    <section className="notice" role="status">
      <h2>
        {result.dryRun ? 'All lines are good. Nothing was imported yet; this is what would change:' : 'Imported.'}
      </h2>
      <ul className="plain">
        {lines.map(({ name, created, updated, unchanged }) => (
          <li key={name}>
            {name}: {created} new, {updated} changed, {unchanged} as they were
          </li>
        ))}
      </ul>
    </section>
  )
}

// A form, because files are sent as they are: what is no UTF-8 is refused by name and not guessed at.
async function send(files: Partial<Record<Name, File>>, dryRun: boolean): Promise<Result> {
  const form = new FormData()
  for (const [name, file] of Object.entries(files)) form.set(`${name}.csv`, file)
  form.set('dryRun', String(dryRun))
  const response = await fetch('/api/v1/import', { method: 'POST', body: form }).catch(() => {
    throw new Problem(0, { detail: 'Punctual does not answer. Check the connection; nothing was imported.' })
  })
  const body = await response.json().catch(() => ({}))
  if (!response.ok) throw new Problem(response.status, body)
  return body as Result
}
