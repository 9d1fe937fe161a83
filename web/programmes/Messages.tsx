import { Button, NumberInput, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { moment } from '../times.ts'
import { DifferenceSheet } from './DifferenceSheet.tsx'
import { type Drafts, overlaid, valueAt } from './drafts.ts'
import { FROM, NIGHT, OTHERS, UNTIL, WAYS } from './policy-words.ts'

const read = (id: string) => answer(api.api.v1.desk.programmes[':id'].messages.$get({ param: { id } }))
export type Table = Awaited<ReturnType<typeof read>>
type Line = Table['messages'][number]
type Setting = Exclude<Line['due'], null>

/** Which message goes to whom, when and for how long; every number can be changed, and is saved only after its difference was shown. */
export function Messages({ id }: { id: string }) {
  const zone = useZone()
  const asked = useQuery({ queryKey: ['programmes', 'messages', id], queryFn: () => read(id) })
  const [drafts, setDrafts] = useState<Drafts>({})
  const [isShown, setShown] = useState(false)
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />
  if (!asked.data) return <Waiting />
  const table = asked.data
  const set = (field: string, value: Drafts[string]) =>
    setDrafts(({ [field]: _old, ...rest }) =>
      value === valueAt(table.policy, field) ? rest : { ...rest, [field]: value },
    )
  const count = Object.keys(drafts).length
  const edit = { drafts, set, policy: table.policy }
  return (
    <>
      <div className="head">
        <p className="soft">
          {table.version === 0
            ? 'The defaults: nothing was ever changed.'
            : `Version ${table.version}, saved ${table.savedAt ? moment(table.savedAt, zone) : ''} by ${table.savedBy}.`}
        </p>
        <div>
          {count > 0 && (
            <Button onClick={() => setDrafts({})}>Forget {count === 1 ? 'the change' : 'the changes'}</Button>
          )}
          <Button variant="filled" disabled={count === 0} onClick={() => setShown(true)}>
            See what changes
          </Button>
        </div>
      </div>
      <div className="scroll">
        <table className="rows blocks">
          <thead>
            <tr>
              <th scope="col">Message</th>
              <th scope="col">To</th>
              <th scope="col">By</th>
              <th scope="col">When</th>
              <th scope="col">Goes out for</th>
              <th scope="col">At night</th>
            </tr>
          </thead>
          <tbody>
            {table.messages.map((line) => (
              <tr key={line.meaning}>
                <th scope="row">{line.meaning}</th>
                <td data-label="to">{line.to}</td>
                <td data-label="by">{WAYS[line.channels]}</td>
                <td>
                  <div className="line keeps">
                    {line.due && <Amount line={line} setting={line.due} what="when" {...edit} />}
                    {FROM[line.from]}
                  </div>
                </td>
                <td data-label="for">
                  {typeof line.lasts === 'string' ? (
                    UNTIL[line.lasts]
                  ) : (
                    <div className="line">
                      <Amount line={line} setting={line.lasts} what="goes out for" {...edit} />
                    </div>
                  )}
                </td>
                <td data-label="at night:">{NIGHT[line.exempt]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="soft">
        What is about who is missing, corrections and follow-ups depends on what happens in the room; it follows the new
        numbers from the moment they are saved.
      </p>
      {OTHERS.map(([title, fields]) => (
        <fieldset className="part" key={title}>
          <legend>{title}</legend>
          <div className="fields">
            {fields.map(([field, label, kind]) => (
              <Field key={field} field={field} label={label} kind={kind} {...edit} />
            ))}
          </div>
        </fieldset>
      ))}
      {isShown && (
        <DifferenceSheet
          programmeId={id}
          version={table.version}
          settings={overlaid(table.settings, drafts)}
          close={() => setShown(false)}
          saved={() => {
            setDrafts({})
            setShown(false)
          }}
        />
      )}
    </>
  )
}

type Edit = { drafts: Drafts; set: (field: string, value: Drafts[string]) => void; policy: Record<string, unknown> }

// The same number may stand in two lines: it is one setting, and changes in both.
function Amount({ line, setting, what, drafts, set }: Edit & { line: Line; setting: Setting; what: string }) {
  const draft = drafts[setting.field]
  return (
    <NumberInput
      size="xs"
      w={86}
      aria-label={`${line.meaning}: ${what}, in ${setting.unit}`}
      min={0}
      suffix={setting.unit === 'minutes' ? ' min' : ' h'}
      value={typeof draft === 'number' ? draft : setting.value}
      styles={draft === undefined ? {} : { input: { borderColor: 'var(--accent)', fontWeight: 600 } }}
      onChange={(value) => typeof value === 'number' && set(setting.field, value)}
    />
  )
}

type FieldProps = Edit & { field: string; label: string; kind: 'number' | 'time' | readonly string[] }

function Field({ field, label, kind, drafts, set, policy }: FieldProps) {
  const value = field in drafts ? drafts[field] : valueAt(policy, field)
  if (kind === 'number')
    return (
      <NumberInput
        label={label}
        min={0}
        value={value as number}
        onChange={(given) => typeof given === 'number' && set(field, given)}
      />
    )
  if (kind === 'time')
    return (
      <TextInput
        type="time"
        label={label}
        value={(value as string | null) ?? ''}
        onChange={({ currentTarget }) => currentTarget.value && set(field, currentTarget.value)}
      />
    )
  return (
    <Select label={label} value={value as string} data={[...kind]} onChange={(given) => given && set(field, given)} />
  )
}
