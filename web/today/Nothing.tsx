import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useAct } from '../act.tsx'
import { answer } from '../api.ts'
import { TryThis } from '../sandbox/TryThis.tsx'
import { day as dayWords } from '../times.ts'

/** An empty day points to the nearest one that is not; in the sandbox it offers to make one. */
export function Nothing({ nextDay, isSandbox }: { nextDay: string | null; isSandbox: boolean }) {
  const navigate = useNavigate({ from: '/today' })
  const go = (day: string) => void navigate({ search: (old) => ({ ...old, day }) })
  return (
    <>
      {isSandbox && <TryThis isElsewhere />}
      <section className="card empty">
        <h2>No sessions on this day</h2>
        {nextDay ? (
          <p>
            The next one is on <Button onClick={() => go(nextDay)}>{dayWords(`${nextDay}T12:00:00Z`, 'UTC')}</Button>
          </p>
        ) : (
          <p>Nothing is booked after it either.</p>
        )}
        {isSandbox && <SampleDay go={go} />}
      </section>
    </>
  )
}

function SampleDay({ go }: { go: (day: string) => void }) {
  const { mutate, isPending, error } = useAct({
    act: () => bookSampleDay(),
    said: ({ booked }) => `${booked} sessions are booked.`,
    after: ({ day }) => go(day),
  })
  return (
    <>
      <p>
        <Button variant="filled" loading={isPending} onClick={() => mutate()}>
          Book a sample day
        </Button>
      </p>
      <p className="soft">
        About eight sessions of the demo programme on its next weekday, booked the way mentees book.
      </p>
      {error && (
        <p className="state is-bad" role="alert">
          {error.message}
        </p>
      )}
    </>
  )
}

// Served only where everybody is made up, so it is not part of the app's type.
const bookSampleDay = (): Promise<{ day: string; booked: number }> =>
  answer(
    fetch('/sandbox/sample-day', { method: 'POST', headers: { accept: 'application/json' } }) as Parameters<
      typeof answer
    >[0],
  ) as Promise<{ day: string; booked: number }>
