import { Button, Checkbox } from '@mantine/core'
import { clock, moment } from '../times.ts'
import type { MergeAnswer } from './Merge.tsx'

type Props = { groups: MergeAnswer['groups']; chosen: string[]; choose: (ids: string[]) => void; zone: string }

/** Sessions of one mentor, near each other in time. The first one chosen is the one that stays. */
export function Choose({ groups, chosen, choose, zone }: Props) {
  if (groups.length === 0)
    return (
      <section className="card empty">
        <h2>Nothing to merge</h2>
        <p>
          {chosen.length > 0
            ? 'This session has begun, or is cancelled or merged already.'
            : 'No mentor has two open sessions in the next 14 days.'}
        </p>
        {chosen.length > 0 && <Button onClick={() => choose([])}>Show all that can be merged</Button>}
      </section>
    )
  return (
    <section className="card" aria-label="Which sessions?">
      <div className="group-head">
        <h2>Which sessions?</h2>
        {chosen.length > 0 && (
          <Button variant="subtle" onClick={() => choose([])}>
            Choose none
          </Button>
        )}
      </div>
      <p className="soft">The first one you choose stays; the others come along to its time and room.</p>
      {groups.map(({ mentorId, programmeId, mentor, programme, sessions }) => (
        <fieldset key={`${mentorId} ${programmeId}`} className="candidates">
          <legend>
            <bdi>{mentor}</bdi> <span className="soft">{programme}</span>
          </legend>
          {sessions.map(({ id, startsAt, endsAt, mentees, title }) => {
            const place = chosen.indexOf(id)
            return (
              <div key={id} data-row className={place === 0 ? 'candidate is-first' : 'candidate'}>
                <Checkbox
                  checked={place >= 0}
                  disabled={place < 0 && chosen.length >= 20}
                  onChange={({ currentTarget }) =>
                    choose(currentTarget.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                  }
                  label={
                    <>
                      {moment(startsAt, zone)}–{clock(endsAt, zone)} <bdi>{title ?? mentees.join(', ')}</bdi>
                    </>
                  }
                />
                {place === 0 && <span className="state is-good">stays</span>}
                {place > 0 && (
                  <Button variant="subtle" onClick={() => choose([id, ...chosen.filter((one) => one !== id)])}>
                    Let this one stay
                  </Button>
                )}
              </div>
            )
          })}
        </fieldset>
      ))}
    </section>
  )
}
