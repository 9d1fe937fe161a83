import { Select } from '@mantine/core'
import { zones } from '../times.ts'

const ALL = zones()

/** A zone, found by typing a part of its name. One that this browser does not know stays as it is. */
export function ZoneSelect({
  label,
  value,
  onChange,
  description,
  error,
}: {
  label: string
  value: string
  onChange: (zone: string) => void
  description?: string
  error?: string | undefined
}) {
  return (
    <Select
      label={label}
      description={description}
      error={error}
      value={value}
      data={ALL.includes(value) ? ALL : [value, ...ALL]}
      searchable
      limit={40}
      maxDropdownHeight={260}
      nothingFoundMessage="No such zone"
      onChange={(zone) => zone && onChange(zone)}
    />
  )
}
