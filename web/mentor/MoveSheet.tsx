import { Button, Radio, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useAct } from '../act.tsx'
import { answer, api, Problem } from '../api.ts'
import { Effects } from '../desk/Effects.tsx'
import { Sheet } from '../desk/Sheet.tsx'
import { useNow } from '../now.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { addDays, city, clock, dateOf, day, moment, startOfDay } from '../times.ts'

export type Moving = { bookingId: string; revision: number; startsAt: string; mentees: string; proposed?: string }

const booking = api.api.v1.bookings[':id']
const move = (id: string, json: { startsAt: string; revision: number; dryRun: boolean }) =>
  answer(booking.reschedule.$post({ param: { id }, json }))

/** A session to another time: the times that suit everybody in it, all that follows, and one button. */
export function MoveSheet({
  moving,
  mentorId,
  zone,
  close,
}: {
  moving: Moving
  mentorId: string
  zone: string
  close: () => void
}) {
  const now = useNow()
  const first = dateOf(moving.proposed ?? moving.startsAt, zone)
  const today = now ? dateOf(now, zone) : first
  const [from, setFrom] = useState([first, today].toSorted().at(-1) as string)
  const [chosen, setChosen] = useState(moving.proposed)
  const range = { from: startOfDay(from, zone), to: startOfDay(addDays(from, 7), zone) }
  const { bookingId: id, revision } = moving
  const times = useQuery({
    queryKey: ['move-times', id, range],
    queryFn: () => answer(booking.times.$get({ param: { id }, query: range })),
  })
  const preview = useQuery({
    queryKey: ['move', id, chosen, revision],
    queryFn: () => move(id, { startsAt: chosen as string, revision, dryRun: true }),
    enabled: chosen !== undefined,
    retry: false,
    staleTime: 0,
  })
  const act = useAct({
    act: () => move(id, { startsAt: chosen as string, revision, dryRun: false }),
    said: ({ startsAt }) => `Moved: now ${moment(startsAt, zone)}. Everybody is being told.`,
    after: close,
  })
  const refusal = act.error ?? preview.error
  return (
    <Sheet
      title={
        <>
          Move the session with <bdi>{moving.mentees}</bdi>
        </>
      }
      close={close}
      act="Move and tell everybody"
      doIt={() => act.mutate()}
      // What is in the way stands above the times, with others to choose.
      doing={{ ...act, error: null }}
      isReady={preview.isSuccess && !preview.isFetching}
      follows={
        preview.data?.effects && !preview.isFetching ? (
          <Effects
            follows={preview.data.effects}
            who={(personId) => (personId === mentorId ? 'The mentor' : moving.mentees)}
            now={now ?? first}
            zone={zone}
          />
        ) : (
          <p className="soft">
            {preview.isFetching
              ? 'One moment …'
              : 'Choose a time, and every effect stands here before anything happens.'}
          </p>
        )
      }
    >
      <p>
        Now <strong>{moment(moving.startsAt, zone)}</strong>
        {chosen && (
          <>
            , then <strong>{moment(chosen, zone)}</strong>
          </>
        )}{' '}
        <span className="soft">{city(zone)}</span>
      </p>
      {refusal && <Refused error={refusal} zone={zone} choose={setChosen} />}
      <TextInput
        type="date"
        label="Times in the week from"
        value={from}
        min={today}
        onChange={({ currentTarget }) => currentTarget.value && setFrom(currentTarget.value)}
      />
      {times.error ? (
        <Failed error={times.error} again={times.refetch} />
      ) : !times.data ? (
        <Waiting lines={4} />
      ) : (
        <Radio.Group
          label="Free for everybody in it"
          value={chosen ?? null}
          onChange={setChosen}
          className="move-times"
        >
          {times.data.times.length === 0 && <p className="soft">No time in this week suits everybody.</p>}
          {[...Map.groupBy(times.data.times, ({ startsAt }) => day(startsAt, zone))].map(([name, list]) => (
            <fieldset key={name}>
              <legend>{name}</legend>
              {list.map(({ startsAt }) => (
                <Radio key={startsAt} value={startsAt} label={clock(startsAt, zone)} />
              ))}
            </fieldset>
          ))}
        </Radio.Group>
      )}
    </Sheet>
  )
}

function Refused({ error, zone, choose }: { error: Error; zone: string; choose: (at: string) => void }) {
  const alternatives = (error instanceof Problem ? (error.details.alternatives ?? []) : []) as { startsAt: string }[]
  return (
    <div className="notice is-bad" role="alert">
      <p>{error.message}</p>
      {alternatives.length > 0 && (
        <div className="buttons">
          {alternatives.map(({ startsAt }) => (
            <Button key={startsAt} onClick={() => choose(startsAt)}>
              {moment(startsAt, zone)}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
