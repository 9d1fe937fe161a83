import { Button, Drawer, Radio, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api, Problem } from '../api.ts'
import { useNow } from '../now.ts'
import { queries } from '../queries.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { addDays, city, clock, dateOf, day, moment, startOfDay } from '../times.ts'
import { CHANNELS } from '../words.ts'

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
    staleTime: 0,
  })
  const act = useMutation({
    mutationFn: () => move(id, { startsAt: chosen as string, revision, dryRun: false }),
    onSuccess: ({ startsAt }) => {
      notifications.show({ title: 'Moved', message: `Now ${moment(startsAt, zone)}. Everybody is being told.` })
      void queries.invalidateQueries()
      close()
    },
  })
  return (
    <Drawer
      opened
      onClose={close}
      title={
        <>
          Move the session with <bdi>{moving.mentees}</bdi>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (preview.data) act.mutate()
        }}
      >
        <p>
          Now {moment(moving.startsAt, zone)} <span className="soft">in {city(zone)}</span>
        </p>
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
        <div aria-live="polite">
          {chosen && preview.isFetching && <p className="soft">Looking at what follows …</p>}
          {preview.error && <Refused error={preview.error} zone={zone} choose={setChosen} />}
          {chosen && preview.data?.effects && !preview.isFetching && (
            <Follows
              at={chosen}
              effects={preview.data.effects}
              mentees={moving.mentees}
              mentorId={mentorId}
              zone={zone}
            />
          )}
        </div>
        {act.error && <Refused error={act.error} zone={zone} choose={setChosen} />}
        <div className="buttons">
          <Button type="submit" variant="filled" disabled={!preview.data || preview.isFetching} loading={act.isPending}>
            Move and tell everybody
          </Button>
          <Button onClick={close}>Leave it</Button>
        </div>
      </form>
    </Drawer>
  )
}

type Effects = NonNullable<Awaited<ReturnType<typeof move>>['effects']>

const MEANINGS: Record<string, string> = {
  moved: 'the new time',
  booked: 'the booking',
  cancelled: 'that it is cancelled',
}
const MIRRORS: Record<string, string> = {
  meeting: 'the video room',
  registrant: 'the personal links into it',
  calendar_event: 'the calendar entries',
  slack_card: 'the card of ops',
}

/** Every effect in words: what goes out, what does not any more, what changes elsewhere, what comes later. */
function Follows({
  at,
  effects: { messages, withdrawn, vendors, planned },
  mentees,
  mentorId,
  zone,
}: {
  at: string
  effects: Effects
  mentees: string
  mentorId: string
  zone: string
}) {
  const who = (id: string | null) => (id === null ? 'ops' : id === mentorId ? 'the mentor' : mentees)
  const kinds = [...new Set(vendors.map(({ kind }) => MIRRORS[kind] ?? kind))]
  const atOnce = new Set(messages.map(({ effectKey }) => effectKey))
  const later = [...Map.groupBy(planned, ({ effectKey }) => effectKey)].filter(([key]) => !atOnce.has(key))
  const isNothing = messages.length + withdrawn.length + kinds.length + later.length === 0
  return (
    <section className="card follows">
      <h3>What follows, at {moment(at, zone)}</h3>
      {isNothing && <p className="soft">Nothing: nobody is told anything.</p>}
      <ul className="effects">
        {messages.map(({ recipient, meaning, effectKey, channels }) => (
          <li key={effectKey}>
            Sent at once: {MEANINGS[meaning] ?? meaning.replaceAll('_', ' ')} to <bdi>{who(recipient)}</bdi>
            {byThese(channels)}
          </li>
        ))}
        {withdrawn.length > 0 && (
          <li>
            Withdrawn: {withdrawn.length} {withdrawn.length === 1 ? 'message' : 'messages'} about the old time
          </li>
        )}
        {kinds.length > 0 && <li>Brought up to date: {kinds.join(', ')}</li>}
        {later.map(
          ([key, [first, ...others]]) =>
            first && (
              <li key={key}>
                Planned for {moment(first.dueAt, zone)}: {first.what} to <bdi>{who(first.recipient)}</bdi>
                {byThese([first, ...others].map(({ channel }) => channel))}
              </li>
            ),
        )}
      </ul>
    </section>
  )
}

const byThese = (channels: string[]): string =>
  channels.length > 0 ? ` by ${channels.map((channel) => CHANNELS[channel] ?? channel).join(' and ')}` : ''

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
