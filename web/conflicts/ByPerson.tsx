import type { BulkItem } from '../desk/BulkSheet.tsx'
import { moment } from '../times.ts'

const SKIPPED = { begun: 'has begun and stays', cancelled: 'is cancelled already' }

/** Everybody once, with the sessions they lose: mentees first, whom it surprises. */
export function ByPerson({ items, zone }: { items: BulkItem[]; zone: string }) {
  const people = new Map(items.flatMap((item) => item.people.map((person) => [person.id, person])))
  const sorted = [...people.values()].toSorted((a, b) => a.role.localeCompare(b.role) || a.name.localeCompare(b.name))
  return (
    <ul className="effects by-person">
      {sorted.map(({ id, name, role }) => (
        <li key={id}>
          <bdi>{name}</bdi> <span className="soft">{role}</span>
          <ul>
            {items
              .filter((item) => item.people.some((person) => person.id === id))
              .map(({ sessionId, startsAt, skipped, times }) => (
                <li key={sessionId}>
                  {moment(startsAt, zone)}
                  {skipped && <span className="state is-off"> {SKIPPED[skipped]}</span>}
                  {role === 'mentee' && times && (
                    <span className="soft">
                      {times.length > 0
                        ? ` · free: ${times.map((time) => moment(time.startsAt, zone)).join(' · ')}`
                        : ' · no free time in the next 93 days'}
                    </span>
                  )}
                </li>
              ))}
          </ul>
        </li>
      ))}
    </ul>
  )
}
