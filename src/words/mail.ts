import type { Language } from './catalogue.ts'

export type Frame = {
  language: Language
  body: string
  /** Lines of a small table: [what, value]. */
  details: [string, string][]
  /** The one big button; null when there is nothing to join. */
  main: { title: string; url: string } | null
  /** Each opens a page that asks again: opening a link changes nothing (mail scanners open every link). */
  answers: { title: string; url: string }[]
  manage: { title: string; url: string }
  footer: string
}

/** The one plain frame around every mail, as text and as HTML without images, scripts or anything loaded from elsewhere. */
export const mail = (frame: Frame): { text: string; html: string } => ({ text: asText(frame), html: asHtml(frame) })

function asText({ body, details, main, answers, manage, footer }: Frame): string {
  const lines = [
    body,
    details.map(([what, value]) => `${what}: ${value}`).join('\n'),
    answers.map(({ title, url }) => `${title}: ${url}`).join('\n'),
    main ? `${main.title}: ${main.url}` : '',
    `${manage.title}: ${manage.url}`,
    `-- \n${footer}`,
  ]
  return `${lines.filter((l) => l !== '').join('\n\n')}\n`
}

function asHtml({ language, body, details, main, answers, manage, footer }: Frame): string {
  const paragraphs = body.split('\n\n').map((p) => `<p style="margin:0 0 16px">${linked(p, manage.url)}</p>`)
  const rows = details.map(
    ([what, value]) =>
      `<tr><td style="padding:2px 16px 2px 0;color:#666;vertical-align:top">${escaped(what)}</td><td style="padding:2px 0">${escaped(value)}</td></tr>`,
  )
  const buttons = [...answers.map((a) => button(a, false)), ...(main ? [button(main, true)] : [])]
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>`,
    '<body style="margin:0;padding:24px;background:#fff;color:#1a1a1a;font:16px/1.5 system-ui,sans-serif"><div style="max-width:560px;margin:0 auto">',
    ...paragraphs,
    rows.length > 0 ? `<table style="margin:0 0 16px;border-collapse:collapse">${rows.join('')}</table>` : '',
    buttons.length > 0 ? `<p style="margin:0 0 16px">${buttons.join(' ')}</p>` : '',
    `<p style="margin:0 0 24px"><a href="${escaped(manage.url)}" style="color:#0b57d0">${escaped(manage.title)}</a></p>`,
    `<p style="margin:0;color:#666;font-size:13px">${escaped(footer)}</p>`,
    '</div></body></html>',
  ].join('\n')
}

const button = ({ title, url }: { title: string; url: string }, strong: boolean): string =>
  `<a href="${escaped(url)}" style="display:inline-block;margin:0 8px 8px 0;padding:12px 20px;border-radius:4px;text-decoration:none;${strong ? 'background:#0b57d0;color:#fff' : 'border:1px solid #0b57d0;color:#0b57d0'}">${escaped(title)}</a>`

/** Addresses of our own pages become links; everything else, also what people wrote, stays text: `ours` is one of them. */
const linked = (text: string, ours: string): string =>
  text
    .split(/(https?:\/\/[^\s<>"]+\/(?:join|m)\/[A-Za-z0-9_-]+)/)
    .map((part, i) =>
      i % 2 === 1 && isOurs(part, ours)
        ? `<a href="${escaped(part)}" style="color:#0b57d0">${escaped(part)}</a>`
        : escaped(part).replaceAll('\n', '<br>'),
    )
    .join('')

const isOurs = (url: string, ours: string): boolean =>
  URL.canParse(url) && new URL(url).origin === new URL(ours).origin && !/[@\\]/.test(url)

export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
