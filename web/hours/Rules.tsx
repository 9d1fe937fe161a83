import { Radio, TextInput } from '@mantine/core'
import type { Draft, Mistakes } from './draft.ts'

type Props = { draft: Draft; set: (change: Partial<Draft>) => void; mistakes: Mistakes }

const FIELDS = [
  ['sessionMinutes', 'A session lasts', 'min', 'New bookings take this long; booked ones keep their length.'],
  ['stepMinutes', 'Starts every', 'min', 'Counted from where your hours begin. Empty: a session’s length.'],
  [
    'bufferBeforeMinutes',
    'Gap before',
    'min',
    'Kept free before a session. The larger of the two gaps counts between two sessions.',
  ],
  [
    'bufferAfterMinutes',
    'Gap after',
    'min',
    'Kept free after a session. What is booked keeps the gap it was booked with.',
  ],
  ['noticeHours', 'Booked at least', 'h before', 'Nothing sooner than this is offered, so nobody surprises you.'],
  ['horizonDays', 'Booked at most', 'days ahead', 'Nothing further away than this is offered.'],
  ['maxPerDay', 'At most a day', 'sessions', 'When a day has so many, the rest of it closes. Empty: as many as fit.'],
  ['maxPerWeek', 'At most a week', 'sessions', 'Monday to Sunday on your clock. Empty: as many as fit.'],
] as const

/** How much, how close and how far ahead; each with what it does. */
export function Rules({ draft, set, mistakes }: Props) {
  return (
    <section className="card" aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      <div className="rules">
        {FIELDS.map(([field, label, unit, sentence]) => (
          <TextInput
            key={field}
            label={label}
            description={sentence}
            inputMode="decimal"
            maxLength={8}
            value={draft[field]}
            error={mistakes[field]}
            rightSection={<span className="soft">{unit}</span>}
            rightSectionWidth={84}
            onChange={({ currentTarget }) => set({ [field]: currentTarget.value })}
          />
        ))}
      </div>
      <Radio.Group
        label="When your Google calendar cannot be read"
        description="This matters only once a calendar is connected."
        value={draft.calendarPolicy}
        error={mistakes.calendarPolicy}
        onChange={(value) => set({ calendarPolicy: value as Draft['calendarPolicy'] })}
      >
        <Radio value="refuse" label="Offer nothing until it can be read again" />
        <Radio value="accept" label="Go by these hours alone; what is booked meanwhile is checked later" />
      </Radio.Group>
    </section>
  )
}
