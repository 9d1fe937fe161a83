import { Button, Checkbox } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { clock, dateOf, day } from '../times.ts'
import { Axis } from './Axis.tsx'
import type { ConflictsAnswer } from './Conflicts.tsx'

type Item = ConflictsAnswer['items'][number]

type Props = { items: Item[]; zone: string; chosen: string[]; choose: (ids: string[]) => void }

/** By mentor and day: what was lost at once stands together, and can be chosen together. */
export function Collisions({ items, zone, chosen, choose }: Props) {
  if (items.length === 0)
    return (
      <section className="card empty">
        <span className="state is-good">No session collides with a calendar, an absence or changed hours</span>
      </section>
    )
  const groups = [...Map.groupBy(items, (item) => `${item.mentorId} ${dateOf(item.startsAt, zone)}`).values()]
  return (
    <>
      {groups.map((group) => {
        const [first] = group as [Item]
        const ids = group.map(({ sessionId }) => sessionId)
        const isWhole = ids.every((id) => chosen.includes(id))
        const others = chosen.filter((id) => !ids.includes(id))
        return (
          <section key={`${first.mentorId} ${first.startsAt}`} className="collisions">
            <div className="group-head">
              <h2 className="group-title">
                <bdi>{first.mentor}</bdi>, {day(first.startsAt, zone)}
              </h2>
              {group.length > 1 && (
                <Button variant="subtle" onClick={() => choose(isWhole ? others : [...others, ...ids])}>
                  {isWhole ? 'Choose none of this day' : `Choose all ${group.length}`}
                </Button>
              )}
            </div>
            <ul className="rows-list">
              {group.map((item) => (
                <Collision
                  key={item.sessionId}
                  item={item}
                  zone={zone}
                  isChosen={chosen.includes(item.sessionId)}
                  choose={(isChosen) =>
                    choose(isChosen ? [...chosen, item.sessionId] : chosen.filter((id) => id !== item.sessionId))
                  }
                />
              ))}
            </ul>
          </section>
        )
      })}
    </>
  )
}

type One = { item: Item; zone: string; isChosen: boolean; choose: (isChosen: boolean) => void }

function Collision({ item, zone, isChosen, choose }: One) {
  const who = item.mentees.map(({ name }) => name).join(', ') || 'nobody'
  return (
    <li data-row>
      <Checkbox
        aria-label={`Choose the session of ${who} at ${clock(item.startsAt, zone)}`}
        checked={isChosen}
        onChange={({ currentTarget }) => choose(currentTarget.checked)}
      />
      <div className="who">
        <Link to="/sessions/$id" params={{ id: item.sessionId }}>
          {clock(item.startsAt, zone)}–{clock(item.endsAt, zone)} <bdi>{who}</bdi>
        </Link>
      </div>
      <Axis item={item} zone={zone} />
    </li>
  )
}
