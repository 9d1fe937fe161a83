import { near } from '../times.ts'
import { CHANGES, CHANNELS } from '../words.ts'

/** What an act would do beside changing the session, as the server says it. */
export type Follows = {
  messages: { recipient: string | null; effectKey: string; channels: string[]; what: string }[]
  withdrawn: { recipient: string | null; effectKey: string; what: string }[]
  vendors: { kind: string; change: string; what: string }[]
  planned?: { recipient: string | null; effectKey: string; channel: string; dueAt: string; what: string }[]
}

type Props = {
  follows: Follows
  /** Who is meant, by name. */
  who: (personId: string) => string
  now: string
  zone: string
}

/** The people whom a page knows. */
export const among =
  (people: readonly { personId: string; name: string }[]) =>
  (personId: string): string =>
    people.find((one) => one.personId === personId)?.name ?? 'somebody'

/** Every effect: sent, withdrawn, made or removed, and what comes later, by person and channel. */
export function Effects({ follows, who, now, zone }: Props) {
  const named = (personId: string | null) => (personId === null ? 'ops' : who(personId))
  const { messages, withdrawn, vendors } = follows
  const atOnce = new Set(messages.map(({ effectKey }) => effectKey))
  const planned = (follows.planned ?? []).filter(({ effectKey }) => !atOnce.has(effectKey))
  const objects = [...Map.groupBy(vendors, ({ what, change }) => `${what}: ${CHANGES[change] ?? change}`)]
  const later = [...Map.groupBy(planned, ({ effectKey }) => effectKey).values()]
  if (messages.length + withdrawn.length + vendors.length + planned.length === 0)
    return <p className="soft">Nobody is told anything, and nothing is made or removed.</p>
  return (
    <>
      {messages.length > 0 && (
        <Group title="Sent at once">
          {messages.map(({ effectKey, recipient, channels, what }) => (
            <li key={effectKey}>
              <bdi>{named(recipient)}</bdi>: {what}{' '}
              <span className="soft">
                by {channels.map((channel) => CHANNELS[channel] ?? channel).join(', ') || 'nothing that reaches them'}
              </span>
            </li>
          ))}
        </Group>
      )}
      {withdrawn.length > 0 && (
        <Group title="Taken back before it goes out">
          {withdrawn.map(({ effectKey, recipient, what }) => (
            <li key={effectKey}>
              <bdi>{named(recipient)}</bdi>: {what}
            </li>
          ))}
        </Group>
      )}
      {objects.length > 0 && (
        <Group title="Rooms, calendars, cards">
          {objects.map(([words, same]) => (
            <li key={words}>
              {words} {same.length > 1 && <span className="soft">({same.length})</span>}
            </li>
          ))}
        </Group>
      )}
      {later.length > 0 && (
        <Group title="Planned then">
          {later.map(([first, ...others]) =>
            first ? (
              <li key={first.effectKey}>
                <bdi>{named(first.recipient)}</bdi>: {first.what} {near(first.dueAt, now, zone)}{' '}
                <span className="soft">
                  by {[first, ...others].map(({ channel }) => CHANNELS[channel] ?? channel).join(', ')}
                </span>
              </li>
            ) : null,
          )}
        </Group>
      )}
    </>
  )
}

const Group = ({ title, children }: { title: string; children: React.ReactNode }) => (
  <>
    <h4>{title}</h4>
    <ul className="effects">{children}</ul>
  </>
)

/** What follows as far as it is known: the effects, why there are none, or that they are being asked for. */
export const Following = ({
  asked: { data, error },
  ...how
}: Omit<Props, 'follows'> & { asked: { data: Follows | null | undefined; error: Error | null } }) =>
  data ? <Effects follows={data} {...how} /> : <p className="soft">{error?.message ?? 'One moment …'}</p>
