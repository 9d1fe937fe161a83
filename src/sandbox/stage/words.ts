import { html } from 'hono/html'
import type { Markup } from '../../pages/page.ts'

const LINK = /(https?:\/\/[^\s<>|)"]+)/
const OURS = /\/(join|m|book|invite|settings)\/[\w.-]+/

/** A message as a phone shows it: links can be opened, and a long one is shown by where it leads. */
export const readable = (text: string): Markup =>
  html`${text.split(LINK).map((part, i) => (i % 2 === 0 ? part : html`<a href="${part}">${shortened(part)}</a>`))}`

function shortened(url: string): string {
  const ours = OURS.exec(url)
  if (ours) return `…/${ours[1]}/…`
  return url.length > 48 ? `${url.slice(0, 46)}…` : url
}

/** Slack's own marks: *bold* and <address|words>. */
export const slackText = (text: string): Markup =>
  html`${text.split(/<(https?:[^|>\s]+)\|([^>]+)>/).map((part, i) => {
    if (i % 3 === 1) return ''
    if (i % 3 === 2) return html`<a href="${text.split(/<(https?:[^|>\s]+)\|([^>]+)>/)[i - 1]}">${part}</a>`
    return part.split(/\*([^*\n]+)\*/).map((words, j) => (j % 2 ? html`<strong>${words}</strong>` : words))
  })}`
