import { Button, Select, TextInput } from '@mantine/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { TodayAnswer } from './Today.tsx'

const route = getRouteApi('/today')

/** The day, the programme and the name looked for: all three in the address. */
export function Filters({ day, today, programmes }: Pick<TodayAnswer, 'day' | 'today' | 'programmes'>) {
  const navigate = useNavigate({ from: '/today' })
  const { programme, q } = route.useSearch()
  const go = (to: string) => navigate({ search: (old) => ({ ...old, day: to === today ? undefined : to }) })
  return (
    <div className="filters">
      <Button aria-label="Day before" onClick={() => void go(shift(day, -1))}>
        ‹
      </Button>
      <TextInput
        type="date"
        aria-label="Day"
        value={day}
        onChange={({ currentTarget }) => currentTarget.value && void go(currentTarget.value)}
      />
      <Button aria-label="Day after" onClick={() => void go(shift(day, 1))}>
        ›
      </Button>
      {day !== today && <Button onClick={() => void go(today)}>Today</Button>}
      {(programme || programmes.length > 1) && (
        <Select
          aria-label="Programme"
          value={programme ?? ''}
          data={[
            { value: '', label: 'All programmes' },
            ...programmes.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(value) => void navigate({ search: (old) => ({ ...old, programme: value || undefined }) })}
        />
      )}
      <TextInput
        type="search"
        aria-label="Search a name"
        placeholder="Search  /"
        maxLength={100}
        value={q ?? ''}
        onChange={({ currentTarget: { value } }) =>
          void navigate({ search: (old) => ({ ...old, q: value || undefined }), replace: true })
        }
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
    </div>
  )
}

const shift = (day: string, by: number): string =>
  new Date(Date.parse(`${day}T12:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10)
