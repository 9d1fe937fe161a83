import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { Sheet } from '../desk/Sheet.tsx'
import { Trouble } from '../desk/Trouble.tsx'
import { useSaid } from '../desk/use-said.ts'
import { useZone } from '../me.ts'
import { Waiting } from '../shell/Waiting.tsx'
import { moment } from '../times.ts'

type Props = {
  programmeId: string
  version: number
  settings: Record<string, unknown>
  close: () => void
  saved: () => void
}

const read = (id: string, settings: Record<string, unknown>) =>
  answer(api.api.v1.programmes[':id'].playbook.difference.$post({ param: { id }, json: { settings } }))
type Difference = Awaited<ReturnType<typeof read>>

/** What the new policy does to what is planned, then the one button that saves it. */
export function DifferenceSheet({ programmeId, version, settings, close, saved }: Props) {
  const asked = useQuery({
    queryKey: ['difference', programmeId, settings],
    queryFn: () => read(programmeId, settings),
    retry: false,
  })
  const save = useSaid(
    'The policy is saved.',
    () =>
      answer(api.api.v1.programmes[':id'].playbook.$put({ param: { id: programmeId }, json: { version, settings } })),
    saved,
  )
  return (
    <Sheet
      title="What changes in what is planned"
      close={close}
      act="Save the policy"
      doIt={() => save.mutate(undefined)}
      doing={save}
      isReady={asked.isSuccess}
    >
      <Trouble error={asked.error} />
      {!asked.data && !asked.error && <Waiting lines={4} />}
      {asked.data && <Shown difference={asked.data} />}
    </Sheet>
  )
}

function Shown({ difference: { open, looked, appears, vanishes, moves, changes } }: { difference: Difference }) {
  const zone = useZone()
  const at = (window: { dueAt: string } | null) => (window ? moment(window.dueAt, zone) : '–')
  return (
    <section aria-live="polite">
      <p>
        {open === 0
          ? 'No session is open, so nothing that is planned changes.'
          : changes.length === 0
            ? `Nothing that is planned for ${sessions(looked)} changes.`
            : `For ${sessions(looked)}: ${appears} appear, ${vanishes} vanish, ${moves} move.`}
        {looked < open && ` Only the next ${looked} of ${open} open sessions were looked at.`}
        {appears + vanishes + moves > changes.length && ` The first ${changes.length} are shown.`}
      </p>
      {changes.length > 0 && (
        <div className="scroll">
          <table className="rows blocks">
            <thead>
              <tr>
                <th scope="col">Session</th>
                <th scope="col">Message</th>
                <th scope="col">Was due</th>
                <th scope="col">Will be due</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ sessionId, startsAt, who, meaning, recipient, before, after }) => (
                <tr key={`${sessionId} ${meaning} ${recipient} ${before?.dueAt} ${after?.dueAt}`}>
                  <th scope="row">
                    <Link to="/sessions/$id" params={{ id: sessionId }}>
                      {moment(startsAt, zone)}
                    </Link>{' '}
                    <bdi className="soft">{who}</bdi>
                  </th>
                  <td>
                    {said(meaning)} <span className="soft">to</span> <bdi>{recipient ?? 'ops'}</bdi>
                  </td>
                  <td data-label="was">{at(before)}</td>
                  <td data-label="will be">
                    {!after ? (
                      <span className="state is-bad">vanishes</span>
                    ) : !before ? (
                      <span className="state is-good">appears {at(after)}</span>
                    ) : before.dueAt === after.dueAt ? (
                      <>lasts until {moment(after.expiresAt, zone)}</>
                    ) : (
                      at(after)
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const sessions = (count: number): string => (count === 1 ? '1 open session' : `${count} open sessions`)

const said = (meaning: string): string => meaning.replaceAll('_', ' ').toLowerCase()
