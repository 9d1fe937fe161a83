import { html } from 'hono/html'
import type { House } from '../http.ts'
import { newId } from '../ids.ts'
import { type Answer, isAnswer } from '../playbook/answers.ts'
import { verdictsOf } from '../playbook/attendance.ts'
import { answerOf } from '../playbook/confirmation.ts'
import { upcoming } from '../playbook/plan.ts'
import { channelsOf } from '../playbook/settle.ts'
import { answerWords, possibleAnswers } from './answers.ts'
import { googleLink } from './google-link.ts'
import { type Holder, isOpen, joinOpensAt, namesOf, phaseOf } from './holder.ts'
import { movesAlone } from './manage-acts.ts'
import { type Ctx, type Markup, page } from './page.ts'
import { clock, moment, near } from './times.ts'
import { menu, viewerOf } from './viewer.ts'
import { when } from './when.ts'

/** `/m/{token}`: everything one person needs about one session. Looking changes nothing. */
export async function managePage(
  c: Ctx,
  house: House,
  holder: Holder,
  token: string,
  { said, asked, error }: { said?: string | undefined; asked?: string | undefined; error?: string },
): Promise<Response> {
  const { words, lang, others } = holder
  const title = words.sessionWith(namesOf(others, words))
  if (asked && isAnswer(asked) && holder.isCurrent && possibleAnswers(holder).includes(asked)) {
    return page(c, { title: words.oneQuestion[asked as 'coming'], lang, body: oneQuestion(holder, token, asked) })
  }
  const notice =
    (said && Object.hasOwn(words.said, said) && words.said[said]) ||
    (asked && isAnswer(asked) && holder.isCurrent ? words.tooLateForThat : null)
  return page(
    c,
    {
      title,
      lang,
      ...(await ownMenu(c, house, holder)),
      body: html`${notice ? html`<p class="notice" role="status">${notice}</p>` : ''}${error ? html`<p class="notice is-bad" role="alert">${error}</p>` : ''}
${holder.isMerged ? html`<p class="notice">${words.mergedSentence}</p>` : ''}${stale(holder)}
<section class="card">
${status(holder)}
<h1>${title}</h1>
${when(holder)}
${!holder.isGone && holder.session.cancelledAt && holder.session.cancelReason ? html`<p>${words.cancelledBecause(holder.session.cancelReason)}</p>` : ''}
${holder.isGone ? html`<p>${words.goneSentence}</p>` : ''}
${actions(house, holder, token)}${again(holder)}
</section>
${past(holder, token)}${next(holder)}${channels(holder, token)}`,
    },
    error ? 422 : 200,
  )
}

/** Whoever is signed in as the person of the link has their way on above it; the link alone opens nothing else. */
async function ownMenu(c: Ctx, house: House, { me }: Holder): Promise<{ top?: Markup }> {
  const actor = c.get('actor')
  return actor.accountId === me.accountId ? { top: menu(await viewerOf(house, actor), 'none') } : {}
}

function stale(holder: Holder): Markup | '' {
  const { words, links } = holder
  if (holder.isCurrent || holder.isGone) return ''
  return html`<div class="notice"><p>${words.staleSentence}</p><p><a class="button" href="${links.manage}">${words.staleLink}</a></p></div>`
}

function status(holder: Holder): Markup {
  const { facts, session, me, others, words } = holder
  const pill = (shape: string, text: string) => html`<p class="pill is-${shape}">${text}</p>`
  if (holder.isGone) return pill('off', words.status.gone)
  if (session.cancelledAt) return pill('off', words.status.cancelled)
  const phase = phaseOf(holder)
  if (phase === 'during') return pill('now', words.status.now)
  if (phase !== 'before') return pill('off', words.status.over)
  if (me.role === 'mentor') {
    const coming = others.filter((other) => answerOf(facts, other.id)?.meaning === 'coming')
    return coming.length > 0
      ? pill('good', words.status.theyCome(namesOf(coming, words)))
      : pill('open', words.status.planned)
  }
  const answer = answerOf(facts, me.id)?.meaning
  if (answer === 'coming') return pill('good', words.status.coming)
  if (answer === 'cant_come' || answer === 'wants_to_move') return pill('warn', words.status[answer])
  return pill('open', words.status.unanswered)
}

function actions(house: House, holder: Holder, token: string): Markup | '' {
  const { session, me, words, now, links, facts } = holder
  if (!isOpen(holder) || !holder.isCurrent) return ''
  const phase = phaseOf(holder)
  if (phase === 'after' || phase === 'closed') return ''
  const opensAt = joinOpensAt(session)
  const isRoomOpen = Temporal.Instant.compare(opensAt, now) <= 0
  const answers = possibleAnswers(holder)
  const given = answerOf(facts, me.id)?.meaning
  const ask =
    me.role === 'mentee' && phase === 'before'
      ? (['coming', 'cant_come', 'wants_to_move'] as const).filter((one) => one !== given)
      : []
  const late = answers.filter((one) => one === 'late_5' || one === 'late_10')
  return html`${isRoomOpen ? html`<p><a class="button is-main" href="${links.join}">${words.joinNow}</a></p>` : ''}
${ask.length > 0 ? html`<h2>${words.answerTitle}</h2>${answerButtons(holder, token, ask, given ? undefined : isRoomOpen ? undefined : 'coming')}` : ''}
${late.length > 0 ? html`<h2>${words.lateTitle}</h2>${answerButtons(holder, token, phase === 'during' ? [...late, 'cant_come'] : late)}` : ''}
${isRoomOpen ? '' : html`<p class="soft">${words.joinFrom(near(opensAt, now, me.timeZone, holder.lang))} <a href="${links.join}">${words.room}</a></p>`}
<ul class="links">
<li><a href="/m/${token}/session.ics">${words.addToCalendar}</a></li><li><a href="${googleLink(house, holder)}" rel="noreferrer">${words.addToGoogle}</a></li><li><a href="/m/${token}/settings">${words.settings}</a></li>
${phase === 'before' ? html`${movesAlone(holder) ? html`<li><a href="/m/${token}/move">${words.move}</a></li>` : ''}<li><a href="/m/${token}/cancel">${words.cancel}</a></li>` : ''}
</ul>`
}

/** Whose session will not be, or is over, finds the way to the next one here: our messages send them here for it. */
function again(holder: Holder): Markup | '' {
  const { facts, session, me, words, isGone } = holder
  const mentor = facts.participants.find((p) => p.role === 'mentor' && p.leftAt === null)
  const isOver = phaseOf(holder) === 'after' || phaseOf(holder) === 'closed'
  if (me.role !== 'mentee' || !mentor || !(isGone || session.cancelledAt || isOver)) return ''
  return html`<p class="choices"><a class="button" href="/book/${mentor.accountId}">${words.bookWith(mentor.name)}</a></p>`
}

/** One form for all answers: which button was pressed says which. The mark makes two taps one answer. */
function answerButtons(holder: Holder, token: string, answers: readonly Answer[], main?: Answer): Markup {
  return html`<form method="post" action="/m/${token}" class="choices"><input type="hidden" name="mark" value="${newId()}">
${answers.map((answer) => html`<button name="answer" value="${answer}"${answer === main ? html` class="is-main"` : ''}>${answerWords(answer, holder)}</button>`)}</form>`
}

/** From a mail's link: what was meant is already chosen, and one button says it. Opening it said nothing yet. */
function oneQuestion(holder: Holder, token: string, answer: Answer): Markup {
  const { words, others } = holder
  return html`<section class="card"><p class="soft">${words.sessionWith(namesOf(others, words))}</p>
<h1>${words.oneQuestion[answer]}</h1>
${when(holder)}
${answerButtons(holder, token, [answer], answer)}
<p><a href="/m/${token}">${words.rather}</a></p></section>`
}

function past(holder: Holder, token: string): Markup | '' {
  const { facts, me, session, words } = holder
  const verdict = verdictsOf(facts, me.id).at(-1)
  const answers = phaseOf(holder) === 'after' && holder.isCurrent ? possibleAnswers(holder) : []
  if (!isOpen(holder) || phaseOf(holder) === 'before' || (phaseOf(holder) === 'during' && !verdict)) return ''
  const said = facts.replies.filter((reply) => reply.participantId === me.id && isAnswer(reply.meaning)).at(-1)?.meaning
  const held =
    verdict &&
    html`<h2>${words.held}</h2><p>${verdict.verdict === 'absent' ? words.verdict.absent(clock(session.startsAt, me.timeZone)) : words.verdict[verdict.verdict]}</p>`
  if (phaseOf(holder) === 'closed')
    return html`<section class="card">${held ?? ''}<p class="soft">${words.readOnly}</p></section>`
  if (answers.length === 0) return held ? html`<section class="card">${held}</section>` : ''
  const isClear = verdict && ['present', 'late', 'left_early'].includes(verdict.verdict)
  return html`<section class="card">${held ?? html`<h2>${words.pastTitle}</h2>`}
${isClear || said === 'was_there' ? '' : html`<p>${words.wrongTell}</p>${answerButtons(holder, token, ['was_there'])}`}
<h2>${words.tookPlaceQuestion}</h2>${answerButtons(holder, token, ['took_place', 'did_not_take_place'])}</section>`
}

/** When each message will come: the plan itself, asked ahead. */
function next(holder: Holder): Markup | '' {
  const { facts, me, words, lang, now } = holder
  if (!isOpen(holder) || phaseOf(holder) === 'closed') return ''
  const mine = upcoming(facts).filter((message) => message.participantId === me.id)
  const lines = mine.flatMap((message) => {
    const channels = channelsOf(message.way, me).map((channel) => words.by[channel])
    if (channels.length === 0) return []
    const what =
      message.meaning === 'reminder 4_HOURS' && me.role === 'mentor'
        ? words.reminderToMentor
        : (words.messages[message.meaning] ?? words.messages.other)
    const isNow = Temporal.Instant.compare(message.dueAt, now) <= 0
    return html`<li><span class="at">${isNow ? words.atOnce : moment(message.dueAt, me.timeZone, lang)}</span> <span>${what} <span class="soft">(${channels.join(', ')})</span></span></li>`
  })
  return html`<section class="card"><h2>${words.upcoming}</h2>${lines.length > 0 ? html`<ol class="next">${lines}</ol>` : html`<p class="soft">${words.nothingNext}</p>`}</section>`
}

function channels(holder: Holder, token: string): Markup | '' {
  const { me, words } = holder
  if (holder.isGone || phaseOf(holder) === 'closed' || me.phone === null) return ''
  const isOn = me.channels.includes('whatsapp')
  return html`<section class="card"><h2>${words.channels}</h2><form method="post" action="/m/${token}" class="line"><input type="hidden" name="do" value="whatsapp">
<span>${isOn ? words.whatsappOn : words.whatsappOff}</span> <button name="whatsapp" value="${isOn ? 'off' : 'on'}">${isOn ? words.turnOff : words.turnOn}</button></form></section>`
}
