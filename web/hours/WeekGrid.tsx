import '@mantine/schedule/styles.layer.css'
import { Button } from '@mantine/core'
import { type ScheduleEventData, WeekView } from '@mantine/schedule'
import { useEffect, useState } from 'react'
import { WEEKDAYS } from './draft.ts'
import { clockOf, joinWindows, readWindows, type Window, windowsText } from './windows-text.ts'

// A week without a date: the component wants dates, so a week is taken in which no clock changes anywhere that matters here,
// and its days of the month are not shown. Monday 1 January 2024.
const dateOfDay = (day: number): string => `2024-01-0${day + 1}`
const dayOfDate = (wall: string): number => Number(wall.slice(8, 10)) - 1
// The last minute stands for midnight: the component ends a day at 23:59.
const wall = (day: number, minute: number): string =>
  `${dateOfDay(day)} ${minute >= 1439 ? '23:59' : clockOf(minute)}:00`
const minuteOf = (text: string): number => {
  const minute = Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16))
  return minute >= 1439 ? 1440 : minute
}

/** Where a week without hours begins to be shown, and how much of the day before its first hours; in minutes. */
const MORNING = 9 * 60
const BEFORE = 150

type Piece = { day: number; index: number; window: Window; isTail: boolean }

/** The week to drag on: an empty place for a new window, a window to move it, its edges to change it; in steps of 15 minutes. */
export function WeekGrid({ days, setDays }: { days: string[]; setDays: (days: string[]) => void }) {
  const [chosen, setChosen] = useState<{ day: number; index: number } | null>(null)
  const week = days.map((text) => joinWindows(readWindows(text) ?? []))
  const write = (change: Map<number, Window[]>) =>
    setDays(days.map((text, day) => (change.has(day) ? windowsText(joinWindows(change.get(day) ?? [])) : text)))
  const without = (day: number, index: number) => (week[day] ?? []).filter((_, i) => i !== index)
  const remove = () => {
    if (chosen) write(new Map([[chosen.day, without(chosen.day, chosen.index)]]))
    setChosen(null)
  }
  // What is open comes into sight first; where the grid stands later is the reader's doing.
  const [firstShown] = useState(() => {
    const starts = week.flat().map(({ from }) => from)
    return Math.max(0, Math.min(...(starts.length > 0 ? starts : [MORNING])) - BEFORE)
  })
  // A window that is typed away is not chosen any more.
  const window = chosen && week[chosen.day]?.[chosen.index]
  useEffect(() => {
    if (chosen && !window) setChosen(null)
  }, [chosen, window])

  const move = ({ day, index, window, isTail }: Piece, start: string) => {
    const length = window.to - window.from
    // Whoever takes hold of the part after midnight moves the whole.
    const from = minuteOf(start) - (isTail ? 1440 - window.from : 0)
    const target = (dayOfDate(start) + (from < 0 ? -1 : 0) + 7) % 7
    const moved = { from: (from + 1440) % 1440, to: ((from + 1440) % 1440) + length }
    const rest = without(day, index)
    write(
      target === day
        ? new Map([[day, [...rest, moved]]])
        : new Map([
            [day, rest],
            [target, [...(week[target] ?? []), moved]],
          ]),
    )
  }
  const resize = ({ day, index, window, isTail }: Piece, start: string, end: string) => {
    const next = isTail
      ? { from: window.from, to: 1440 + minuteOf(end) }
      : { from: minuteOf(start), to: window.to > 1440 && minuteOf(end) === 1440 ? window.to : minuteOf(end) }
    write(new Map([[day, [...without(day, index), next]]]))
  }

  return (
    <div className="hours-grid">
      <WeekView
        date={dateOfDay(0)}
        events={piecesOf(week)}
        withHeader={false}
        withAllDaySlots={false}
        withWeekNumber={false}
        withCurrentTimeIndicator={false}
        weekendDays={[]}
        intervalMinutes={15}
        slotHeight="40px"
        startScrollTime={`${clockOf(firstShown)}:00`}
        scrollAreaProps={{ mah: 560 }}
        labels={{ timeSlot: 'Add hours' }}
        withDragSlotSelect
        onSlotDragEnd={(start, end) => {
          const day = dayOfDate(start)
          write(new Map([[day, [...(week[day] ?? []), { from: minuteOf(start), to: minuteOf(end) }]]]))
        }}
        onTimeSlotClick={({ slotStart }) => {
          const [day, from] = [dayOfDate(slotStart), minuteOf(slotStart)]
          write(new Map([[day, [...(week[day] ?? []), { from, to: Math.min(from + 60, 1440) }]]]))
        }}
        withEventsDragAndDrop
        eventDragInterval={15}
        onEventDrop={({ event, newStart }) => move(event.payload as Piece, newStart)}
        withEventResize
        eventResizeInterval={15}
        onEventResize={({ event, newStart, newEnd }) => resize(event.payload as Piece, newStart, newEnd)}
        onEventClick={({ payload }) => setChosen({ day: (payload as Piece).day, index: (payload as Piece).index })}
      />
      <p className="grid-foot" role="status">
        {window && chosen ? (
          <>
            {WEEKDAYS[chosen.day]} {windowsText([window])} <Button onClick={remove}>Remove these hours</Button>
          </>
        ) : (
          <span className="soft">
            Drag an empty place to open hours; drag hours to move them, their edges to change them.
          </span>
        )}
      </p>
    </div>
  )
}

/** One event for each day a window touches; what lies after midnight is drawn on the next day, after Sunday on Monday. */
function piecesOf(week: Window[][]): ScheduleEventData<Piece>[] {
  return week.flatMap((windows, day) =>
    windows.flatMap((window, index) => {
      const piece = (isTail: boolean): ScheduleEventData<Piece> => ({
        id: `${day}.${index}${isTail ? '+' : ''}`,
        title: windowsText([window]),
        start: isTail ? wall((day + 1) % 7, 0) : wall(day, window.from),
        end: isTail ? wall((day + 1) % 7, window.to - 1440) : wall(day, Math.min(window.to, 1440)),
        color: 'accent',
        payload: { day, index, window, isTail },
      })
      return window.to > 1440 ? [piece(false), piece(true)] : [piece(false)]
    }),
  )
}
