import { Button, SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { BulkSheet } from '../desk/BulkSheet.tsx'
import { useMe, useZone } from '../me.ts'
import { useNow } from '../now.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { ByPerson } from './ByPerson.tsx'
import { Collisions } from './Collisions.tsx'
import { Differences } from './Differences.tsx'
import { Refused } from './Refused.tsx'
import { RANGES } from './route.tsx'
import './conflicts.css'

const route = getRouteApi('/conflicts')

export type ConflictsAnswer = Awaited<ReturnType<typeof read>>

const read = (query: { from: string; to: string }) => answer(api.api.v1.conflicts.$get({ query }))

/** Sessions against what their mentor's calendar and hours say now, changes made in Google, and attempts that were refused. */
export function Conflicts() {
  const zone = useZone()
  const me = useMe()
  const { days = 30, chosen = [], act } = route.useSearch()
  const navigate = useNavigate({ from: '/conflicts' })
  // To the hour: the same question within it is the same, and what is asked live is answered live.
  const hour = Math.floor(Date.parse(useNow() ?? me.now) / 3_600_000) * 3_600_000
  const query = {
    from: new Date(hour).toISOString(),
    to: new Date(hour + days * 86_400_000).toISOString(),
  }
  const asked = useQuery({
    queryKey: ['conflicts', query],
    queryFn: () => read(query),
    placeholderData: keepPreviousData,
  })
  if (!asked.data) return asked.error ? <Failed error={asked.error} again={asked.refetch} /> : <Waiting />
  const { items, refused, differences, now } = asked.data
  const there = chosen.filter((id) => items.some(({ sessionId }) => sessionId === id))
  const choose = (ids: string[]) =>
    void navigate({ search: (old) => ({ ...old, chosen: ids.length > 0 ? ids : undefined }), replace: true })
  return (
    <>
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
      <div className="head">
        <h1>
          Conflicts <span className="soft">{items.length}</span>
        </h1>
        <div>
          <SegmentedControl
            aria-label="How far ahead"
            size="xs"
            value={String(days)}
            data={RANGES.map((one) => ({ value: String(one), label: `${one} days` }))}
            onChange={(value) =>
              void navigate({ search: (old) => ({ ...old, days: RANGES.find((one) => String(one) === value) }) })
            }
          />
        </div>
      </div>
      <Collisions items={items} zone={zone} chosen={there} choose={choose} />
      {there.length > 0 && (
        <section className="chosen-bar" aria-label="Chosen sessions">
          <strong>
            {there.length} {there.length === 1 ? 'session' : 'sessions'} chosen
          </strong>
          <Button onClick={() => void navigate({ search: (old) => ({ ...old, act: 'offer_times' }) })}>
            Offer other times
          </Button>
          <Button onClick={() => void navigate({ search: (old) => ({ ...old, act: 'cancel' }) })}>Cancel them</Button>
          <Button variant="subtle" onClick={() => choose([])}>
            Choose none
          </Button>
        </section>
      )}
      <Differences differences={differences} zone={zone} now={now} />
      <Refused refused={refused} zone={zone} now={now} />
      {act && chosen.length > 0 && (
        <BulkSheet
          action={act}
          sessionIds={chosen}
          zone={zone}
          close={() => void navigate({ search: ({ act: _, ...old }) => old })}
          done={() => void navigate({ search: ({ act: _, chosen: __, ...old }) => old })}
        >
          {(items) => <ByPerson items={items} zone={zone} />}
        </BulkSheet>
      )}
    </>
  )
}
