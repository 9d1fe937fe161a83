import { Button, Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { Channels } from '../connections/Vendors.tsx'
import { useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { CHANNELS } from '../words.ts'
import { Delivery } from './Delivery.tsx'
import { CHANNELS_OF, VIEWS } from './route.tsx'
import './deliveries.css'

const route = getRouteApi('/deliveries')
const AT_ONCE = '50'

type Query = Parameters<typeof api.api.v1.deliveries.desk.$get>[0]['query']
const read = (query: Query) => answer(api.api.v1.deliveries.desk.$get({ query }))
export type DeliveryItem = Awaited<ReturnType<typeof read>>['items'][number]

const VIEW_WORDS: Record<(typeof VIEWS)[number], string> = {
  trouble: 'Needs you',
  failed: 'Failed',
  unknown: 'Not certain',
  quarantined: 'Set aside',
  planned: 'Going out',
  sent: 'Sent',
  not_sent: 'Not sent',
  all: 'Everything',
}

const NOTHING: Partial<Record<(typeof VIEWS)[number], string>> = {
  trouble: 'Every message reached somebody, as far as anybody knows',
  failed: 'Nothing has failed',
  unknown: 'Of every message it is known whether it arrived',
  quarantined: 'Nothing was set aside',
}

/** What was said to whom and did not arrive, with the cause in words and what can still be done; and everything else by choice. */
export function Deliveries() {
  const zone = useZone()
  const navigate = useNavigate({ from: '/deliveries' })
  const { view = 'trouble', channel, person, before } = route.useSearch()
  const query: Query = {
    view,
    limit: AT_ONCE,
    ...(channel ? { channel } : {}),
    ...(person ? { personId: person } : {}),
    ...(before ? { cursor: before } : {}),
  }
  const asked = useQuery({
    queryKey: ['deliveries', query],
    queryFn: () => read(query),
    placeholderData: keepPreviousData,
  })
  if (!asked.data) return asked.error ? <Failed error={asked.error} again={asked.refetch} /> : <Waiting />
  const { items, nextCursor, now } = asked.data
  return (
    <>
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
      <div className="head">
        <h1>Deliveries</h1>
        <div className="filters">
          <Select
            aria-label="Which"
            value={view}
            data={VIEWS.map((value) => ({ value, label: VIEW_WORDS[value] }))}
            onChange={(value) =>
              void navigate({
                search: (old) => ({ ...old, before: undefined, view: VIEWS.find((one) => one === value) }),
              })
            }
          />
          <Select
            aria-label="Channel"
            value={channel ?? ''}
            data={[
              { value: '', label: 'All channels' },
              ...CHANNELS_OF.map((value) => ({ value, label: CHANNELS[value] ?? value })),
            ]}
            onChange={(value) =>
              void navigate({
                search: (old) => ({ ...old, before: undefined, channel: CHANNELS_OF.find((one) => one === value) }),
              })
            }
          />
          {person && (
            <Button
              onClick={() => void navigate({ search: ({ person: _, ...old }) => ({ ...old, before: undefined }) })}
            >
              Only <bdi>{items.find(({ recipientId }) => recipientId === person)?.recipient ?? 'one person'}</bdi> ×
            </Button>
          )}
        </div>
      </div>
      <Channels only={CHANNELS_OF} />
      {items.length === 0 ? (
        <section className="card empty">
          <span className={`state is-${NOTHING[view] ? 'good' : 'off'}`}>{NOTHING[view] ?? 'Nothing to show'}</span>
        </section>
      ) : (
        <ul className="rows-list card-list deliveries">
          {items.map((item) => (
            <Delivery key={item.id} item={item} zone={zone} now={now} />
          ))}
        </ul>
      )}
      {(nextCursor || before) && (
        <p className="acts">
          {before && (
            <Button onClick={() => void navigate({ search: (old) => ({ ...old, before: undefined }) })}>Newest</Button>
          )}
          {nextCursor && (
            <Button onClick={() => void navigate({ search: (old) => ({ ...old, before: nextCursor }) })}>Older</Button>
          )}
        </p>
      )}
    </>
  )
}
