import { Button, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { ZoneSelect } from '../mentor/ZoneSelect.tsx'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { addDays, city, clock, dateOf, dayName, instantOf, localOf, mondayOf, startOfDay } from '../times.ts'
import { DayColumn } from './DayColumn.tsx'
import { DayLine } from './DayLine.tsx'
import type { Look } from './Hours.tsx'
import type { HoursCheck } from './hours-queries.ts'
import { PATTERNS } from './reasons.ts'
import { WhyNot } from './WhyNot.tsx'

export type Day = { date: string; from: string; to: string; stretches: HoursCheck['stretches'] }

/** What a mentee in some zone sees of these hours in some week; every time there is answers why it is or is not offered. */
export function Preview({
  id,
  check,
  isAsking,
  error,
  again,
  isSaved,
  isReadable,
  look,
}: {
  id: string
  check: HoursCheck | undefined
  isAsking: boolean
  error: Error | null
  again: () => unknown
  isSaved: boolean
  isReadable: boolean
  look: Look
}) {
  const navigate = useNavigate({ from: '/hours' })
  const hasRoom = useMediaQuery('(min-width: 800px)', false, { getInitialValueInEffect: false })
  const { zone, monday, at } = look
  const days = check ? daysOf(check, monday, zone) : []
  const go = (change: { zone?: string | undefined; week?: string | undefined; at?: string | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...change }), resetScroll: false, replace: true })
  const choose = (instant: string) => go({ at: instant })
  return (
    <section className="card" aria-labelledby="preview">
      <h2 id="preview">
        What a mentee sees{' '}
        <span className="soft">
          {isSaved ? 'now' : isReadable ? 'once you save' : 'of what could be read last'} {isAsking && '…'}
        </span>
      </h2>
      <div className="form-line">
        <ZoneSelect label="in this zone" value={zone} onChange={(next) => go({ zone: next })} />
        <TextInput
          type="date"
          label="in the week of"
          value={monday}
          onChange={({ currentTarget }) =>
            currentTarget.value && go({ week: mondayOf(currentTarget.value), at: undefined })
          }
        />
        <div className="buttons">
          <Button aria-label="Week before" onClick={() => go({ week: addDays(monday, -7), at: undefined })}>
            ‹
          </Button>
          <Button aria-label="Week after" onClick={() => go({ week: addDays(monday, 7), at: undefined })}>
            ›
          </Button>
        </div>
      </div>
      {error && <Failed error={error} again={again} />}
      {!check && !error && <Waiting lines={8} />}
      {check && (
        <>
          {hasRoom ? (
            <div className="seen-week">
              <Hours />
              {days.map((day) => (
                <DayColumn key={day.date} day={day} zone={zone} at={at} choose={choose} />
              ))}
            </div>
          ) : (
            days.map((day) => <DayLine key={day.date} day={day} zone={zone} choose={choose} />)
          )}
          <p className="legend soft">
            <span>
              <span className="swatch is-free" /> offered
            </span>
            {PATTERNS.map(([pattern, words]) => (
              <span key={pattern}>
                <span className={`swatch is-${pattern}`} /> {words}
              </span>
            ))}
          </p>
          <Clocks check={check} zone={zone} />
          <AskAt zone={zone} monday={monday} at={at} choose={choose} />
          {at && <WhyNot id={id} at={at} zone={zone} check={check} isSaved={isSaved} />}
        </>
      )}
    </section>
  )
}

function daysOf({ stretches }: HoursCheck, monday: string, zone: string): Day[] {
  return Array.from({ length: 7 }, (_, i) => {
    const date = addDays(monday, i)
    const [from, to] = [startOfDay(date, zone), startOfDay(addDays(date, 1), zone)]
    return {
      date,
      from,
      to,
      stretches: stretches.filter(
        ({ startsAt, endsAt }) =>
          Date.parse(startsAt) < Date.parse(to) &&
          Math.max(Date.parse(endsAt), Date.parse(startsAt) + 1) > Date.parse(from),
      ),
    }
  })
}

const Hours = () => (
  <div className="seen-hours" aria-hidden="true">
    {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
      <span key={hour} style={{ top: `${(hour / 24) * 100}%` }}>
        {String(hour).padStart(2, '0')}
      </span>
    ))}
  </div>
)

/** A clock change inside the week is said, because it moves or removes times. */
function Clocks({ check, zone }: { check: HoursCheck; zone: string }) {
  const gaps = check.stretches.filter(({ reasons }) => reasons.includes('dst_gap'))
  if (gaps.length === 0) return null
  return (
    <p className="notice">
      The clocks change at{' '}
      {gaps
        .map(({ startsAt }) => `${dayName(dateOf(startsAt, zone))}, ${clock(startsAt, zone)} in ${city(zone)}`)
        .join(' and ')}
      : the times that are left out are not offered.
    </p>
  )
}

function AskAt({
  zone,
  monday,
  at,
  choose,
}: {
  zone: string
  monday: string
  at: string | undefined
  choose: (at: string) => void
}) {
  return (
    <form
      className="form-line"
      onSubmit={(event) => {
        event.preventDefault()
        const typed = instantOf(String(new FormData(event.currentTarget).get('at')), zone)
        if (typed) choose(typed)
      }}
    >
      <TextInput
        key={at ?? monday}
        type="datetime-local"
        name="at"
        label="Why is a time not offered?"
        description="Choose it above, or type it here."
        defaultValue={at ? localOf(at, zone) : `${monday}T12:00`}
        min={`${monday}T00:00`}
        max={`${addDays(monday, 6)}T23:59`}
        required
      />
      <Button type="submit">Ask</Button>
    </form>
  )
}
