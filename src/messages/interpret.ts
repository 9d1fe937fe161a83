import type { ReplyMeaning } from '../playbook/facts.ts'

/** What a question was about decides what "yes" means. */
export type Asked = 'coming' | 'took_place' | 'was_there' | 'other'

/** The question behind a message of ours, by its meaning in the ledger. */
export function askedBy(meaning: string): Asked {
  if (/took.?place|take.?place/.test(meaning)) return 'took_place'
  if (/^follow/.test(meaning)) return 'was_there'
  if (/^(reminder|booked|moved|nudge|nobody)/.test(meaning)) return 'coming'
  return 'other'
}

const YES = words(
  'yes y yeah yep yup sure ok okay k fine done confirmed confirm coming attending haan han ha haa ji hanji haanji theek thik bilkul pakka हाँ हां जी ठीक बिल्कुल 👍 ✅ 👌',
)
const NO = words('no n nope nah nahi nahin na नहीं नही ना 👎 ❌')
const FILLER = words(
  'i im i’m am will be there it’s its is all good great thanks thank you please sir maam ma’am mam hai hain ho main hoon aaunga aaungi aa raha rahi on my way see then hello hi and the for me ji है मैं धन्यवाद',
)

// Whole sentences, so that "no problem" or "I can't wait" is never read as an answer it is not.
const CANNOT =
  /\b(can ?not|can'?t|won'?t( be able to)?|will not|unable to|not able to) (come|make( it)?|join|attend|be there|do it)\b|\bnot (coming|attending|joining)\b|\b(nahi|nahin) (aa|aaunga|aaungi|aa paunga|aa paungi|aa sakta|aa sakti)\b|नहीं (आ|आऊँगा|आऊंगा|आऊँगी|आऊंगी)/
const WANTS_TO_MOVE = /\b(reschedule|postpone|another (time|day)|different (time|day)|move (it|the session))\b/
const LATE = /\b(\d{1,2}) ?(min|mins|minutes?)( late)?\b/

/**
 * What a typed answer or an emoji means as an answer to `asked`; 'message' when it is not plainly one of the choices. A
 * small list on purpose: a wrong "yes" costs more than a person of ops reading one more message.
 */
export function interpret(text: string, asked: Asked): ReplyMeaning {
  const said = normal(text)
  if (asked === 'other' || said === '' || said.length > 160) return 'message'
  if (asked === 'coming') {
    if (CANNOT.test(said)) return 'cant_come'
    if (WANTS_TO_MOVE.test(said)) return 'wants_to_move'
    const late = lateness(said)
    if (late) return late
  }
  const answer = yesOrNo(said)
  if (answer === null) return 'message'
  if (asked === 'coming') return answer ? 'coming' : 'cant_come'
  if (asked === 'took_place') return answer ? 'took_place' : 'did_not_take_place'
  return answer ? 'was_there' : 'message'
}

/** For a message that answers nothing in particular: only a whole sentence counts, a bare "no" might be about anything. */
export function interpretUnasked(text: string): ReplyMeaning {
  const said = normal(text)
  if (said.length > 160) return 'message'
  return CANNOT.test(said) ? 'cant_come' : (lateness(said) ?? 'message')
}

function lateness(said: string): ReplyMeaning | null {
  const minutes = /\blate\b|\brunning\b|\bthere in\b/.test(said)
    ? Number(LATE.exec(said)?.[1] ?? Number.NaN)
    : Number.NaN
  if (Number.isNaN(minutes) || minutes > 10) return null
  return minutes <= 5 ? 'late_5' : 'late_10'
}

// Every word must be a yes, or every word a no, apart from words that carry no answer.
function yesOrNo(said: string): boolean | null {
  const spoken = said.split(/[\s,.!]+/).filter((word) => word !== '' && !FILLER.has(word))
  if (spoken.length === 0) return null
  if (spoken.every((word) => YES.has(word))) return true
  return spoken.every((word) => NO.has(word)) ? false : null
}

const normal = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    // Skin tones and the "show as emoji" mark change the look of an answer, not the answer.
    .replace(/[\u{1F3FB}-\u{1F3FF}\uFE0F]/gu, '')
    .replace(/[‘’]/g, "'")
    .replace(/(👍|👎|✅|❌|👌)/gu, ' $1 ')
    .trim()

function words(text: string): Set<string> {
  return new Set(text.replace(/[‘’]/g, "'").split(' '))
}
