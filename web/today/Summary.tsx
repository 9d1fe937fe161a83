import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { answer, api } from '../api.ts'
import { city, clock } from '../times.ts'

const route = getRouteApi('/today')

const read = (programme: string | undefined) =>
  answer(api.api.v1.today.summary.$get({ query: programme ? { programme } : {} }))

/** The day in numbers, a line a programme: what the morning begins with, and then quietly above the day. */
export function Summary({ now, zone }: { now: string; zone: string }) {
  const { programme } = route.useSearch()
  const { data } = useQuery({
    queryKey: ['summary', programme],
    queryFn: () => read(programme),
    placeholderData: keepPreviousData,
  })
  const days = (data?.items ?? []).filter(({ sessions }) => sessions > 0)
  if (days.length === 0) return null
  const isMorning = clock(now, zone).startsWith('09:')
  return (
    <div className={`summary ${isMorning ? 'notice' : 'soft'}`}>
      {days.map((day) => (
        <p key={day.programmeId}>
          {days.length > 1 && (
            <>
              <bdi>{day.name}</bdi>:{' '}
            </>
          )}
          {day.words.join(' · ')}
          {day.timeZone !== zone && ` (${city(day.timeZone)} time)`}
        </p>
      ))}
    </div>
  )
}
