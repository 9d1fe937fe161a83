/**
 * A mail as its reader sees it, for a frame without scripts, forms and cookies (see protection.ts): its links open beside it.
 * A mail without a look of its own is shown as its text.
 */
export function letter(mail: { subject: string | null; body: string; raw: { html?: string | null } }): string {
  const head = `<base target="_blank"><title>${escaped(mail.subject ?? '')}</title>`
  const html = mail.raw.html ?? plain(mail.body)
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (tag) => tag + head) : head + html
}

const plain = (text: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body><pre style="white-space:pre-wrap;font:15px/1.5 system-ui">${linked(text)}</pre></body></html>`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const linked = (text: string): string =>
  escaped(text).replaceAll(/https?:\/\/[^\s<>|)&"]+/g, (url) => `<a href="${url}">${url}</a>`)
