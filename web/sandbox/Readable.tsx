const LINK = /(https?:\/\/[^\s<>|)"]+)/
const OURS = /\/(join|m|book|invite|settings)\/[\w.-]+/

/** A message as a phone shows it: links can be opened, and a long one is shown by where it leads. */
export const Readable = ({ text }: { text: string }) =>
  text.split(LINK).map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      // Parts of one text never change places: where they stand is who they are.
      <a key={i} href={part} target="_blank" rel="noreferrer">
        {shortened(part)}
      </a>
    ),
  )

function shortened(url: string): string {
  const ours = OURS.exec(url)
  if (ours) return `…/${ours[1]}/…`
  return url.length > 48 ? `${url.slice(0, 46)}…` : url
}

/** Slack's own marks: *bold* and <address|words>. */
export const SlackText = ({ text }: { text: string }) =>
  text.split(/<(https?:[^|>\s]+\|[^>]+)>/).map((part, i) => {
    if (i % 2 === 1) {
      const [address, words] = part.split('|')
      return (
        <a key={i} href={address} target="_blank" rel="noreferrer">
          {words}
        </a>
      )
    }
    return part.split(/\*([^*\n]+)\*/).map((words, j) => (j % 2 ? <strong key={`${i} ${j}`}>{words}</strong> : words))
  })
