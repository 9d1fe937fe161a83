// Of fewer than these a percentage says more than is known.
const ENOUGH = 20

/** "3 of 7"; "12 of 240 · 5 %" where there are enough; "–" of nothing. */
export function share(count: number, of: number): string {
  if (of === 0) return '–'
  return of < ENOUGH ? `${count} of ${of}` : `${count} of ${of} · ${Math.round((count / of) * 100)} %`
}

/** "18 h", "3.5 days" */
export function lead(hours: number | null): string {
  if (hours === null) return '–'
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 2.4) / 10} days`
}
