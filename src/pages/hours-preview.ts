import { html } from 'hono/html'
import { freeTimes } from '../booking/free-times.ts'
import type { House } from '../http.ts'
import { dateOr } from './form.ts'
import type { Markup } from './page.ts'
import { city, clock, day, dayOf, startOfDay } from './times.ts'
import type { Viewer } from './viewer.ts'
import { zoneField } from './zones.ts'

export type Look = { zone?: string | undefined; week?: string | undefined; mentor?: string | undefined }

/** What a mentee in another zone sees of these hours in a week, and why every other time is not offered. */
export async function hoursPreview(
  house: House,
  { words, lang, timeZone }: Viewer,
  mentorId: string,
  look: Look,
): Promise<Markup> {
  const now = house.clock.now()
  const zone = known(look.zone) ?? timeZone
  const date = dateOr(look.week) ?? dayOf(now, zone)
  const monday = date.subtract({ days: date.dayOfWeek - 1 })
  const from = startOfDay(monday, zone)
  const to = startOfDay(monday.add({ days: 7 }), zone)
  const { slots, blocked = [] } = await freeTimes(house, { mentorId, menteeId: null, from, to }, true, now)
  const byDay = Map.groupBy(slots, ({ startsAt }) => dayOf(Temporal.Instant.from(startsAt), zone).toString())
  const spans = joined(blocked)
  const why = (reasons: readonly string[]) =>
    reasons.map((one) => words.reasons[one] ?? one.replaceAll('_', ' ')).join(', ')
  return html`<section class="card" aria-labelledby="preview"><h2 id="preview">What a mentee sees</h2>
<form action="/hours#preview" class="line">${look.mentor ? html`<input type="hidden" name="mentor" value="${look.mentor}">` : ''}${zoneField('in this zone', zone, 'zone')}<label class="field"><span>in the week of</span><input type="date" name="week" value="${date.toString()}"></label><button>Show</button></form>
<ul class="next">${Array.from({ length: 7 }, (_, i) => {
    const each = monday.add({ days: i })
    const [start, end] = [startOfDay(each, zone), startOfDay(each.add({ days: 1 }), zone)]
    const free = byDay.get(each.toString()) ?? []
    const not = spans.filter((one) => one.from < end.epochMilliseconds && one.to > start.epochMilliseconds)
    return html`<li><span class="at">${day(start, zone, lang)}</span><span>${free.length === 0 ? html`<span class="soft">nothing is offered</span>` : free.map(({ startsAt }) => html`${clock(Temporal.Instant.from(startsAt), zone)} `)}
${not.length === 0 ? '' : html`<details><summary>Why not at other times?</summary><ul class="effects">${not.slice(0, 24).map((one) => html`<li>${edge(one.from, start, zone)}–${edge(one.to, end, zone)} ${why(one.reasons)}</li>`)}</ul></details>`}</span></li>`
  })}</ul><p class="soft">Times in ${city(zone)}. They start when one of them may start; each cause is what stands in the way at that time.</p></section>`
}

type SpanOfTime = { from: number; to: number; reasons: readonly string[] }

/** Neighbours with the same causes are one stretch of time. */
function joined(blocked: readonly { startsAt: string; endsAt: string; reasons: readonly string[] }[]): SpanOfTime[] {
  const spans: SpanOfTime[] = []
  for (const { startsAt, endsAt, reasons } of blocked) {
    const last = spans.at(-1)
    const [from, to] = [Date.parse(startsAt), Date.parse(endsAt)]
    if (last && last.reasons.join() === reasons.join() && from <= last.to) last.to = Math.max(last.to, to)
    else spans.push({ from, to, reasons })
  }
  return spans
}

/** Within the day its clock, at the day's edge midnight. */
function edge(milliseconds: number, limit: Temporal.Instant, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(milliseconds)
  return dayOf(at, zone).equals(dayOf(limit, zone))
    ? clock(at, zone)
    : milliseconds >= limit.epochMilliseconds
      ? '24:00'
      : clock(at, zone)
}

function known(zone: string | undefined): string | null {
  if (!zone) return null
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone
  } catch {
    return null
  }
}
