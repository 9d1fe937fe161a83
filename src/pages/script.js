// Optional, all of it: every page works without. Keeps Today and a session up to date, and lets the keyboard walk.
const live = document.querySelector('[data-live]')

if (live) {
  let busy = false
  let again = false
  const fresh = async () => {
    // Nobody's reading or typing is taken away: an open entry, a focused field, a row under the pointer.
    if (busy || live.matches(':hover, :focus-within') || live.querySelector('details[open]')) {
      again = true
      return
    }
    busy = true
    again = false
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html', 'punctual-refresh': '1' } })
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
        for (const part of ['[data-live]', '.clockbar .now']) {
          const [old, next] = [document.querySelector(part), page.querySelector(part)]
          if (old && next) old.replaceChildren(...next.childNodes)
        }
      }
    } catch {}
    busy = false
    if (again) setTimeout(fresh, 1000)
  }
  const events = new EventSource('/api/v1/events')
  events.addEventListener('changed', fresh)
  live.addEventListener('pointerleave', () => again && fresh())
}

// A page that waits for something looks again in place: no reload takes the focus or the reading position away.
const waits = document.querySelector('main[data-again]')
if (waits) {
  setInterval(async () => {
    if (waits.matches(':focus-within')) return
    try {
      const answer = await fetch(location.href, { headers: { 'punctual-refresh': '1' } })
      if (!answer.ok) return
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
      if (next && !waits.matches(':focus-within')) waits.replaceChildren(...next.childNodes)
    } catch {}
  }, Number(waits.dataset.again) * 1000)
}

// A choice of filter shows at once; without this there is the button.
for (const form of document.querySelectorAll('form.filters'))
  form.addEventListener('change', () => form.requestSubmit())

// One press is one act; coming back by the browser's own button makes it pressable again.
document.addEventListener('submit', ({ target }) => {
  setTimeout(() => setDisabled(target.querySelectorAll('button'), true))
})
addEventListener('pageshow', () => setDisabled(document.querySelectorAll('button:disabled'), false))
function setDisabled(buttons, isDisabled) {
  for (const button of buttons) button.disabled = isDisabled
}

const rows = () =>
  [...document.querySelectorAll('.day tbody a, .cases a, .lanes summary')].filter((one, i, all) =>
    one.closest('tr')
      ? all.findIndex((a) => a.closest('tr') === one.closest('tr')) === i || one.matches('summary')
      : true,
  )
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return
  if (event.key !== 'j' && event.key !== 'k') return
  const all = rows()
  const at = all.indexOf(document.activeElement)
  all[event.key === 'j' ? Math.min(at + 1, all.length - 1) : Math.max(at - 1, 0)]?.focus()
})
