import { TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense } from 'react'
import { ZoneSelect } from '../mentor/ZoneSelect.tsx'
import { type Draft, type Mistakes, WEEKDAYS } from './draft.ts'
import { readWindows } from './windows-text.ts'

const WeekGrid = lazy(() => import('./WeekGrid.tsx').then(({ WeekGrid }) => ({ default: WeekGrid })))

/** Two windows. Of more the field shows all it can: what is typed comes before its sum. */
const MOST_BESIDE_TOTAL = 24

type Props = { draft: Draft; set: (change: Partial<Draft>) => void; mistakes: Mistakes }

/** The same week twice: a line a day to type in, and, where there is room, a grid to drag on. */
export function Week({ draft, set, mistakes }: Props) {
  const hasRoom = useMediaQuery('(min-width: 1000px)', false, { getInitialValueInEffect: false })
  const setDay = (day: number, text: string) => set({ days: draft.days.map((old, i) => (i === day ? text : old)) })
  return (
    <section className="card hours-week" aria-labelledby="every-week">
      <div>
        <h2 id="every-week">Every week</h2>
        <ZoneSelect
          label="Wall clock"
          description="The hours below are on this clock, also after it changes."
          value={draft.timeZone}
          error={mistakes.timeZone}
          onChange={(timeZone) => set({ timeZone })}
        />
        <p className="soft" id="how">
          Type times like 9-12, 13:30-17. Empty is closed. An end at or before its start is the next day’s; times that
          touch are one.
        </p>
        {WEEKDAYS.map((name, day) => {
          const text = draft.days[day] ?? ''
          const withTotal = hasRoom && text.length <= MOST_BESIDE_TOTAL
          return (
            <TextInput
              key={name}
              className="day-line"
              label={name}
              placeholder="closed"
              aria-describedby="how"
              maxLength={300}
              value={text}
              error={mistakes[`days.${day}`]}
              rightSectionWidth={withTotal ? 56 : 12}
              rightSection={withTotal && <span className="soft">{hoursOf(text)}</span>}
              onChange={({ currentTarget }) => setDay(day, currentTarget.value)}
            />
          )
        })}
      </div>
      {hasRoom && (
        <Suspense fallback={<p className="soft">One moment …</p>}>
          <WeekGrid days={draft.days} setDays={(days) => set({ days })} />
        </Suspense>
      )}
    </section>
  )
}

/** "6 h 30" */
function hoursOf(text: string): string {
  const minutes = (readWindows(text) ?? []).reduce((sum, { from, to }) => sum + to - from, 0)
  if (minutes === 0) return ''
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60}` : ''}`
}
