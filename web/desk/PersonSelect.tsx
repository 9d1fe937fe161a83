import { Select } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api.ts'

type Props = {
  label: string
  description?: string
  as?: 'mentor' | 'mentee' | 'ops'
  value: string | null
  set: (id: string | null) => void
  /** Somebody who cannot be meant. */
  except?: string[]
  required?: boolean
}

/** One person, found by name, address or number. */
export function PersonSelect({ label, description, as: role, value, set, except = [], required = false }: Props) {
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null)
  // What was chosen is not searched for again by its own label.
  const wanted = search === chosen?.label ? '' : search
  const found = useQuery({
    queryKey: ['people', 'select', role ?? '', wanted],
    queryFn: () =>
      answer(
        api.api.v1.desk.people.$get({
          query: { limit: '20', ...(wanted ? { search: wanted.slice(0, 100) } : {}), ...(role ? { role } : {}) },
        }),
      ),
    placeholderData: keepPreviousData,
  })
  const data = (found.data?.items ?? [])
    .filter(({ id, deactivatedAt }) => !except.includes(id) && !deactivatedAt && id !== chosen?.value)
    .map(({ id, name, email }) => ({ value: id, label: `${name} · ${email}` }))
  return (
    <Select
      label={label}
      description={description}
      required={required}
      searchable
      clearable={!required}
      value={value}
      data={chosen ? [chosen, ...data] : data}
      filter={({ options }) => options}
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={found.isFetching ? 'One moment …' : 'Nobody is called that'}
      onChange={(id, option) => {
        setChosen(id ? { value: option.value, label: option.label } : null)
        set(id)
      }}
    />
  )
}
