import { TextInput } from '@mantine/core'

/** Why: it stays on record. */
export const Reason = ({ label, value, set }: { label: string; value: string; set: (reason: string) => void }) => (
  <TextInput
    label={label}
    description="It stays on record."
    required
    maxLength={500}
    value={value}
    onChange={({ currentTarget }) => set(currentTarget.value)}
  />
)
