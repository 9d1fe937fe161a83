import { STYLE } from '../../src/pages/assets.ts'

/**
 * A reader of HTML that takes only what we mean to write: tags closed with `>`, attributes in double quotes, no comment, no
 * script or style with something in it. Anything else throws, with what was found there. Answers the tags in their order,
 * and the text between them decoded.
 */
export type Tag = { name: string; attributes: [string, string][] }
export type Markup = { tags: Tag[]; text: string }

export function readHtml(html: string): Markup {
  const tags: Tag[] = []
  let text = ''
  let at = 0
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${JSON.stringify(html.slice(Math.max(0, at - 60), at + 80))}`)
  }
  if (/\0/.test(html)) fail('a NUL')
  while (at < html.length) {
    const open = html.indexOf('<', at)
    const plain = html.slice(at, open === -1 ? undefined : open)
    if (plain.includes('>')) fail('a bare > in text')
    text += decoded(plain)
    if (open === -1) break
    at = open
    const found = /^<(!doctype html|\/?[a-z][a-z0-9]*)((?:\s+[a-z][a-z-]*(?:="[^"<>]*")?)*)\s*\/?>/i.exec(
      html.slice(at),
    )
    if (!found) return fail('what is no tag of ours')
    const [whole, name = '', given = ''] = found
    at += whole.length
    const attributes = [...given.matchAll(/([a-z][a-z-]*)(?:="([^"]*)")?/gi)].map(
      ([, key = '', value = '']): [string, string] => [key.toLowerCase(), decoded(value)],
    )
    tags.push({ name: name.toLowerCase(), attributes })
    const raw = /^(script|style|textarea|title)$/i.exec(name)?.[1]?.toLowerCase()
    if (raw) {
      const end = html.toLowerCase().indexOf(`</${raw}`, at)
      if (end === -1) fail(`a ${raw} that never ends`)
      const inside = html.slice(at, end)
      // The one style that stands in a page is ours to the letter.
      if ((raw === 'script' || raw === 'style') && inside.trim() !== '' && inside !== STYLE)
        fail(`a ${raw} with something in it`)
      if (inside.includes('<')) fail(`a tag in a ${raw}`)
      text += decoded(inside)
      at = end
    }
  }
  return { tags, text }
}

/** The shape of a page without its words: what must be the same whatever anybody is called. */
export const skeleton = ({ tags }: Markup): string =>
  tags.map(({ name, attributes }) => [name, ...attributes.map(([key]) => key)].join(' ')).join('\n')

/** What a tag may never say, whoever wrote it; null when it is fine. `allowed` are origins beside our own. */
export function danger({ name, attributes }: Tag, allowed: readonly string[] = []): string | null {
  for (const [key, value] of attributes) {
    if (/^on/.test(key) || ['srcdoc', 'formaction', 'ping', 'background'].includes(key)) return `${name} has ${key}`
    if (
      ['href', 'src', 'action', 'data', 'content', 'srcset', 'poster'].includes(key) &&
      !(name === 'meta' && key === 'content')
    ) {
      const url = URL.canParse(value, 'https://ours.example/') ? new URL(value, 'https://ours.example/') : null
      if (!url || !['https://ours.example', ...allowed].includes(url.origin)) return `${name} leads to ${value}`
    }
  }
  if (
    ['script', 'iframe', 'object', 'embed', 'base', 'svg', 'math', 'link'].includes(name) &&
    !attributes.some(([key, value]) => (key === 'src' || key === 'href') && value.startsWith('/pages/'))
  )
    return name === 'svg' ? null : `a ${name}`
  return null
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0', middot: '·' }
const decoded = (text: string): string =>
  text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) =>
    name ? (NAMED[name] ?? whole) : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  )
