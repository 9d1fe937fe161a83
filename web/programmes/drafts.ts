/** What was changed and is not saved yet, by the dotted name of the setting. */
export type Drafts = Record<string, number | string>

/** `valueAt(policy, 'reminders.30_MINUTES.minutesBefore')` */
export const valueAt = (policy: unknown, field: string): unknown =>
  field
    .split('.')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined),
      policy,
    )

/** The stored settings with the drafts laid over them; what was never set stays a default. */
export function overlaid(settings: Record<string, unknown>, drafts: Drafts): Record<string, unknown> {
  const result = structuredClone(settings)
  for (const [field, value] of Object.entries(drafts)) {
    const names = field.split('.')
    const last = names.pop() as string
    let at = result
    for (const name of names) {
      const below = at[name]
      const next = typeof below === 'object' && below !== null ? below : {}
      at[name] = next
      at = next as Record<string, unknown>
    }
    at[last] = value
  }
  return result
}
