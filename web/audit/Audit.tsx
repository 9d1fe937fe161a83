import { Button, Select, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { addDays, startOfDay } from '../times.ts'
import { AuditRow } from './AuditRow.tsx'
import { Seal } from './Seal.tsx'
import { didWhat, KINDS } from './words.ts'
import './audit.css'

const route = getRouteApi('/audit')
const AT_ONCE = '100'

type Query = Parameters<typeof api.api.v1.audit.$get>[0]['query']
const read = (query: Query) => answer(api.api.v1.audit.$get({ query }))
export type AuditItem = Awaited<ReturnType<typeof read>>['items'][number]

/** Who did what and why, newest first; and whether the record itself still holds. */
export function Audit() {
  const zone = useZone()
  const navigate = useNavigate({ from: '/audit' })
  const search = route.useSearch()
  const from = search.day ? startOfDay(search.day, zone) : null
  const query: Query = {
    limit: AT_ONCE,
    ...(search.actor ? { actor: search.actor } : {}),
    ...(search.action ? { action: search.action } : {}),
    ...(search.kind ? { objectKind: search.kind } : {}),
    ...(search.object ? { objectId: search.object } : {}),
    // A day may have 23 or 25 hours: its end is the start of the next.
    ...(from && search.day ? { from, to: startOfDay(addDays(search.day, 1), zone) } : {}),
    ...(search.before ? { cursor: search.before } : {}),
  }
  const asked = useQuery({
    queryKey: ['audit', query],
    queryFn: () => read(query),
    placeholderData: keepPreviousData,
  })
  if (!asked.data) return asked.error ? <Failed error={asked.error} again={asked.refetch} /> : <Waiting />
  const { items, nextCursor, choices, mayVerify, sealedUntil, now } = asked.data
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, before: undefined, ...change }) })
  const isFiltered = Object.entries(search).some(([name, value]) => name !== 'before' && value !== undefined)
  return (
    <>
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
      <div className="head">
        <h1>Audit</h1>
        <div className="filters">
          <Select
            aria-label="Who"
            searchable
            value={search.actor ?? ''}
            data={[
              { value: '', label: 'Everybody' },
              ...choices.actors.map(({ label, name }) => ({ value: label, label: name })),
            ]}
            onChange={(value) => set({ actor: value || undefined })}
          />
          <Select
            aria-label="What was done"
            searchable
            value={search.action ?? ''}
            data={[
              { value: '', label: 'Everything' },
              ...choices.actions.map((value) => ({ value, label: didWhat(value) })),
            ]}
            onChange={(value) => set({ action: value || undefined })}
          />
          <Select
            aria-label="To what"
            value={search.kind ?? ''}
            data={[
              { value: '', label: 'To anything' },
              ...choices.kinds.map((value) => ({ value, label: KINDS[value] ?? value })),
            ]}
            onChange={(value) => set({ kind: value || undefined })}
          />
          <TextInput
            type="date"
            aria-label="Day"
            value={search.day ?? ''}
            onChange={({ currentTarget }) => set({ day: currentTarget.value || undefined })}
          />
          {isFiltered && <Button onClick={() => void navigate({ search: {} })}>Show all</Button>}
        </div>
      </div>
      <Seal sealedUntil={sealedUntil} mayVerify={mayVerify} zone={zone} now={now} />
      {items.length === 0 ? (
        <section className="card empty">
          <h2>{isFiltered ? 'Nothing like this was done' : 'Nothing was done yet'}</h2>
        </section>
      ) : (
        <ul className="rows-list card-list audit">
          {items.map((item) => (
            <AuditRow key={item.id} item={item} zone={zone} now={now} />
          ))}
        </ul>
      )}
      {(nextCursor || search.before) && (
        <p className="acts">
          {search.before && <Button onClick={() => set({})}>Newest</Button>}
          {nextCursor && <Button onClick={() => set({ before: nextCursor })}>Older</Button>}
        </p>
      )}
    </>
  )
}
