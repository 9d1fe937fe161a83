import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useAct } from '../../act.tsx'
import { answer, api, Problem } from '../../api.ts'
import { among, Effects } from '../../desk/Effects.tsx'
import { Sheet } from '../../desk/Sheet.tsx'
import { city, clock, day, moment } from '../../times.ts'
import { ACTS } from '../../words.ts'
import type { Desk } from '../desk.ts'
import type { SheetProps } from './SessionSheet.tsx'

const route = getRouteApi('/sessions/$id')
const WEEK_MS = 7 * 86_400_000

type Booking = Desk['bookings'][number]
type Time = { startsAt: string; endsAt?: string }

/** To another time that suits both: chosen from what is free, seen in all its effects, then made. */
export function Move({ desk, zone, close }: SheetProps) {
  const { of: chosen } = route.useSearch()
  const [booking] = desk.bookings
  if (!booking)
    return (
      <Sheet title={ACTS.move} close={close}>
        <p>Nobody has booked this session, so there is no booking to move.</p>
      </Sheet>
    )
  return <MoveBooking booking={booking} chosen={chosen ?? null} desk={desk} zone={zone} close={close} />
}

function MoveBooking({ booking, chosen, desk, zone, close }: SheetProps & { booking: Booking; chosen: string | null }) {
  const navigate = useNavigate({ from: '/sessions/$id' })
  const choose = (startsAt: string) => void navigate({ search: { act: 'move', of: startsAt }, replace: true })
  const preview = useQuery({
    queryKey: ['move', booking.id, booking.revision, chosen],
    queryFn: () => move.preview(booking, chosen as string),
    enabled: chosen !== null,
    retry: false,
  })
  const moving = useAct({
    act: (startsAt: string) => move.make(booking, startsAt),
    said: ({ startsAt }) => `Moved to ${moment(startsAt, zone)}. Everybody is told.`,
    undo: (done) => () => move.make(done, desk.session.startsAt),
    after: close,
  })
  const refusal = moving.error ?? preview.error
  return (
    <Sheet
      title={ACTS.move}
      close={close}
      act="Move and tell everybody"
      doIt={() => chosen && moving.mutate(chosen)}
      // What is in the way stands above the times, with others to choose.
      doing={{ ...moving, error: null }}
      isReady={preview.isSuccess}
      follows={
        preview.data?.effects ? (
          <Effects follows={preview.data.effects} who={among(desk.session.participants)} now={desk.now} zone={zone} />
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
        Now <strong>{moment(desk.session.startsAt, zone)}</strong>
        {chosen && (
          <>
            , then <strong>{moment(chosen, zone)}</strong>
          </>
        )}{' '}
        <span className="soft">{city(zone)}</span>
      </p>
      <p className="soft">
        {desk.session.participants
          .filter(({ timeZone }) => timeZone !== zone)
          .map(({ id, name, timeZone }) => (
            <span key={id}>
              <bdi>{name}</bdi>: {moment(chosen ?? desk.session.startsAt, timeZone)} {city(timeZone)}{' '}
            </span>
          ))}
      </p>
      {refusal && <InTheWay error={refusal} zone={zone} choose={choose} />}
      <FreeTimes booking={booking} desk={desk} zone={zone} chosen={chosen} choose={choose} />
    </Sheet>
  )
}

const booked = api.api.v1.bookings[':id']
const move = {
  preview: ({ id, revision }: Pick<Booking, 'id' | 'revision'>, startsAt: string) =>
    answer(booked.reschedule.$post({ param: { id }, json: { startsAt, revision, dryRun: true } })),
  make: ({ id, revision }: Pick<Booking, 'id' | 'revision'>, startsAt: string) =>
    answer(booked.reschedule.$post({ param: { id }, json: { startsAt, revision } })),
}

type TimesProps = { booking: Booking; desk: Desk; zone: string; chosen: string | null; choose: (at: string) => void }

function FreeTimes({ booking, desk, zone, chosen, choose }: TimesProps) {
  const [week, setWeek] = useState(0)
  const from = new Date(Date.parse(desk.now) + week * WEEK_MS)
  const query = {
    from: `${from.toISOString().slice(0, 19)}Z`,
    to: `${new Date(from.getTime() + WEEK_MS).toISOString().slice(0, 19)}Z`,
    menteeId: booking.menteeId,
  }
  const { data, error } = useQuery({
    queryKey: ['free', booking.mentorId, query],
    queryFn: () => answer(api.api.v1.mentors[':id'].slots.$get({ param: { id: booking.mentorId }, query })),
  })
  const days = [...Map.groupBy(data?.slots ?? [], ({ startsAt }) => day(startsAt, zone))]
  return (
    <>
      <h3>Free for both</h3>
      {error && <p className="state is-bad">{error.message}</p>}
      {!data && !error && <p className="soft">One moment …</p>}
      {data && days.length === 0 && (
        <p>No time in the week from {day(query.from, zone)} suits the mentor’s hours and both people’s sessions.</p>
      )}
      <div className="times">
        {days.map(([name, list]) => (
          <fieldset key={name}>
            <legend>{name}</legend>
            <Times list={list} zone={zone} chosen={chosen} choose={choose} />
          </fieldset>
        ))}
      </div>
      <p className="acts">
        {week > 0 && <Button onClick={() => setWeek(week - 1)}>The week before</Button>}
        <Button onClick={() => setWeek(week + 1)}>The week after</Button>
      </p>
    </>
  )
}

type ListProps = { list: Time[]; zone: string; chosen: string | null; choose: (at: string) => void; isLong?: boolean }

const Times = ({ list, zone, chosen, choose, isLong }: ListProps) =>
  list.map(({ startsAt }) => (
    <Button
      key={startsAt}
      aria-pressed={startsAt === chosen}
      variant={startsAt === chosen ? 'filled' : 'default'}
      onClick={() => choose(startsAt)}
    >
      {isLong ? moment(startsAt, zone) : clock(startsAt, zone)}
    </Button>
  ))

type InTheWayThings = {
  conflicts?: { layer: string; whose: string; startsAt: string; endsAt: string; title?: string }[]
  alternatives?: Time[]
}

/** Why not at that time, with everything that stands in the way, and three times that are free. */
function InTheWay({ error, zone, choose }: { error: Error; zone: string; choose: (at: string) => void }) {
  const { conflicts = [], alternatives = [] } = (error instanceof Problem ? error.details : {}) as InTheWayThings
  return (
    <div className="notice is-bad" role="alert">
      <p>{error.message}</p>
      {conflicts.length > 0 && (
        <ul className="effects">
          {conflicts.map(({ layer, whose, startsAt, endsAt, title }) => (
            <li key={`${layer} ${whose} ${startsAt}`}>
              {whose === 'host' ? 'Zoom rooms' : `The ${whose}`}: {LAYERS[layer] ?? layer}{' '}
              {title && <bdi>“{title}”</bdi>} {moment(startsAt, zone)}–{clock(endsAt, zone)}
            </li>
          ))}
        </ul>
      )}
      {alternatives.length > 0 && (
        <p className="acts">
          Free instead: <Times list={alternatives} zone={zone} chosen={null} choose={choose} isLong />
        </p>
      )}
    </div>
  )
}

const LAYERS: Record<string, string> = {
  booking: 'a booking',
  session: 'a published session',
  calendar: 'busy in the calendar',
  hold: 'held by somebody who is booking',
  host: 'none free',
}
