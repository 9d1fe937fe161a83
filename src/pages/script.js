// Optional, all of it: every page works without.

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

// One press is one act; coming back by the browser's own button makes it pressable again.
document.addEventListener('submit', ({ target }) => {
  setTimeout(() => setDisabled(target.querySelectorAll('button'), true))
})
addEventListener('pageshow', () => setDisabled(document.querySelectorAll('button:disabled'), false))
function setDisabled(buttons, isDisabled) {
  for (const button of buttons) button.disabled = isDisabled
}
