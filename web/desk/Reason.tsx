import { Textarea } from '@mantine/core'

type Props = {
  value: string
  set: (reason: string) => void
  label?: string
  /** Who reads it, where it is not only kept. */
  description?: string
  required?: boolean
  'data-autofocus'?: boolean
}

/** Why: it stays on record. */
export const Reason = ({
  value,
  set,
  label = 'Why?',
  description = 'It stays on record.',
  required = true,
  ...focus
}: Props) => (
  <Textarea
    label={label}
    description={description}
    required={required}
    maxLength={500}
    autosize
    minRows={2}
    value={value}
    onChange={({ currentTarget }) => set(currentTarget.value)}
    {...focus}
  />
)
