/** At most `most` UTF-16 units, and never half a character: JSON columns and vendors refuse half of a surrogate pair. */
export function cut(text: string, most: number): string {
  const part = text.slice(0, most)
  return (/[\ud800-\udbff]$/.test(part) ? part.slice(0, -1) : part).toWellFormed()
}

/**
 * Without the marks that turn the direction of everything after them (U+202A to U+202E, U+2066 to U+2069): with one in a name
 * the rest of the line, ours too, is read backwards. Letters of any script need neither.
 */
export const withoutTurns = (text: string): string => text.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
