import { Hono } from 'hono'
import { html } from 'hono/html'
import type { CalendarConfig } from '../booking/availability.ts'
import { readCalendarConfig, writeCalendarConfig } from '../booking/calendar-config.ts'
import { listConflicts } from '../booking/conflict-list.ts'
import { Refusal } from '../errors.ts'
import type { Env, House } from '../http.ts'
import { clockBar } from './clock-bar.ts'
import { type Form, idOr, readForm, smallForm } from './form.ts'
import { localText, readHours, SPARE, WEEKDAYS, windowsText } from './hours-form.ts'
import { hoursPreview } from './hours-preview.ts'
import { type Ctx, type Markup, page, seeOther } from './page.ts'
import { moment } from './times.ts'
import { menu, viewerOf } from './viewer.ts'
import { zoneField } from './zones.ts'

type Again = { wrong: string; typed: Form }

/** `/hours`: a mentor's weekly hours as lines to type in, and beside them what a mentee sees of them. Ops: `?mentor=`. */
export function hoursPageRoutes(house: House): Hono<Env> {
  const app = new Hono<Env>()
  const mentorOf = (c: Ctx): string | null => {
    const { ops, accountId } = c.get('actor')
    return (ops ? idOr(c.req.query('mentor') ?? '') : null) ?? accountId
  }
  app.get('/hours', async (c) => {
    const mentorId = mentorOf(c)
    return mentorId ? hoursPage(c, house, mentorId) : seeOther(c, '/')
  })
  app.post('/hours', smallForm, async (c) => {
    const mentorId = mentorOf(c)
    if (!mentorId) return seeOther(c, '/')
    const form = await readForm(c)
    const read = readHours(form)
    if ('wrong' in read) return hoursPage(c, house, mentorId, { wrong: read.wrong, typed: form })
    try {
      await writeCalendarConfig(
        house,
        c.get('actor'),
        mentorId,
        read.config,
        Number(form('version')) || 0,
        house.clock.now(),
      )
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'stale_revision') throw error
      const wrong = 'Somebody else changed these hours meanwhile. Below is what you typed; saving now replaces theirs.'
      return hoursPage(c, house, mentorId, { wrong, typed: form })
    }
    house.nudge()
    const mentor = c.req.query('mentor')
    return seeOther(c, `/hours?said=saved${mentor ? `&mentor=${mentorId}` : ''}`)
  })
  return app
}

async function hoursPage(c: Ctx, house: House, mentorId: string, again?: Again): Promise<Response> {
  const viewer = await viewerOf(house, c.get('actor'))
  const { config, version } = await readCalendarConfig(house, viewer.actor, mentorId)
  const { name } = await house.db
    .selectFrom('account')
    .select('name')
    .where('id', '=', mentorId)
    .executeTakeFirstOrThrow()
  const mentor = viewer.actor.accountId === mentorId ? undefined : mentorId
  const own = `/hours${mentor ? `?mentor=${mentor}` : ''}`
  const now = house.clock.now()
  const { items } = await listConflicts(house.db, viewer.actor, { from: now, to: now.add({ hours: 90 * 24 }) }, now)
  const outside = items.filter(
    (one) => one.mentorId === mentorId && one.causes.some(({ cause }) => cause !== 'calendar'),
  )
  return page(
    c,
    {
      title: viewer.words.hours,
      wide: true,
      top: menu(viewer, 'hours', viewer.actor.ops ? await clockBar(house, viewer, own) : ''),
      body: html`<div class="head"><h1>${mentor ? html`Hours of <bdi>${name}</bdi>` : viewer.words.hours}</h1></div>
${c.req.query('said') === 'saved' && !again ? html`<p class="notice" role="status">Saved. ${outside.length === 0 ? 'No booked session is affected.' : 'Booked sessions stay until somebody decides about them.'}</p>` : ''}${again ? html`<p class="notice is-bad" role="alert">${again.wrong}</p>` : ''}
${outside.length === 0 ? '' : html`<section class="card"><h2>Booked outside these hours <span class="count">${outside.length}</span></h2><ul class="effects">${outside.map(({ sessionId, startsAt, mentees }) => html`<li><a href="/sessions/${sessionId}">${moment(Temporal.Instant.from(startsAt), viewer.timeZone, viewer.lang)}</a> <bdi>${mentees.map(({ name: who }) => who).join(', ')}</bdi></li>`)}</ul></section>`}
<div class="sheet">${editor(config, version, own, again?.typed)}${await hoursPreview(house, viewer, mentorId, { zone: c.req.query('zone'), week: c.req.query('week'), mentor })}</div>`,
    },
    again ? 422 : 200,
  )
}

function editor(config: CalendarConfig, version: number, action: string, typed?: Form): Markup {
  const value = (name: string, stored: string | number | undefined) => (typed ? typed(name) : String(stored ?? ''))
  const number = (name: string, words: string, stored: number | undefined, most: number, least = 0) =>
    html`<label class="field"><span>${words}</span><input type="number" name="${name}" value="${value(name, stored)}" min="${least}" max="${most}" step="any"></label>`
  const lines = (stored: number, first: string) =>
    Array.from({ length: stored + SPARE }, (_, i) => i).filter(
      (i) => !typed || i < SPARE || typed(`${first}${i}`) !== '',
    )
  const { timeZone, overrides, absences } = config
  return html`<form method="post" action="${action}" class="card hours"><h2>Every week</h2><input type="hidden" name="version" value="${version}">
${zoneField('Your wall clock', value('timeZone', timeZone))}
<p class="soft" id="how">Write windows like 09:00-12:00, 14:00-17:00. Empty is closed; an end at or before the start ends the next day.</p>
${WEEKDAYS.map((name, i) => html`<label class="weekday"><span>${name}</span><input name="day${i + 1}" value="${value(`day${i + 1}`, windowsText(config.weekly.filter(({ weekday }) => weekday === i + 1)))}" placeholder="closed" aria-describedby="how" maxlength="300" autocomplete="off"></label>`)}
<h2>Other hours on a date</h2>${lines(overrides.length, 'date').map((i) => html`<div class="line"><label class="field"><span>Date</span><input type="date" name="date${i}" value="${value(`date${i}`, overrides[i]?.date)}"></label><label class="field"><span>Instead</span><input name="windows${i}" value="${value(`windows${i}`, overrides[i] && windowsText(overrides[i].windows))}" placeholder="closed" maxlength="300"></label></div>`)}
<h2>Away</h2>${lines(absences.length, 'away').map((i) => html`<div class="line"><label class="field"><span>From</span><input type="datetime-local" name="away${i}" value="${value(`away${i}`, absences[i] && localText(absences[i].startsAt, timeZone))}"></label><label class="field"><span>Until</span><input type="datetime-local" name="back${i}" value="${value(`back${i}`, absences[i] && localText(absences[i].endsAt, timeZone))}"></label><label class="field"><span>Why (only you and ops see it)</span><input name="why${i}" value="${value(`why${i}`, absences[i]?.reason)}" maxlength="200"></label></div>`)}
<h2>Rules</h2><div class="rules">${number('sessionMinutes', 'A session lasts, minutes', config.sessionMinutes, 480, 5)}${number('stepMinutes', 'Starts every, minutes (empty: its length)', config.stepMinutes, 1440, 5)}${number('bufferBeforeMinutes', 'Gap before, minutes', config.bufferBeforeMinutes, 480)}${number('bufferAfterMinutes', 'Gap after, minutes', config.bufferAfterMinutes, 480)}${number('noticeHours', 'At the latest, hours before', config.minimumNoticeMinutes / 60, 2160)}${number('horizonDays', 'At most, days ahead', config.horizonDays, 730, 1)}${number('maxPerDay', 'Most a day (empty: any)', config.maxPerDay, 100, 1)}${number('maxPerWeek', 'Most a week (empty: any)', config.maxPerWeek, 500, 1)}
<label class="field"><span>While Google cannot be read</span><select name="calendarPolicy"><option value="refuse">offer nothing</option><option value="accept"${value('calendarPolicy', config.calendarPolicy) === 'accept' ? html` selected` : ''}>trust these hours</option></select></label></div>
<p class="soft">To take a line away, empty it and save.</p><p><button class="is-main">Save</button></p></form>`
}
