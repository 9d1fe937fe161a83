import './try-this.css'
import { Button, CloseButton } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { Link, useNavigate } from '@tanstack/react-router'
import { useAdvance } from './clock.ts'
import { type Story, useStory } from './outside.ts'

type Step = Story['steps'][number]

/** Closed stays closed on this browser, until somebody asks for it again. */
export function useTryThis() {
  const [closed, setClosed] = useLocalStorage({
    key: 'punctual.try-this',
    defaultValue: '',
    getInitialValueInEffect: false,
  })
  return { isShown: closed !== 'closed', show: () => setClosed(''), close: () => setClosed('closed') }
}

/** For whoever has read nothing: the next thing to try, what is done already, and the way there. */
export function TryThis({ session, isElsewhere = false }: { session?: string | undefined; isElsewhere?: boolean }) {
  const { isShown, close } = useTryThis()
  const story = useStory(session).data
  if (!isShown || !story || story.steps.length === 0) return null
  const next = story.steps.find(({ key }) => key === story.next)
  const done = story.steps.filter(({ isDone }) => isDone).length
  return (
    <section className="try card" aria-label="Try this">
      <CloseButton className="close" aria-label="Close “Try this”" onClick={close} />
      <h2>
        Try this{' '}
        <span className="soft">
          {done > 0
            ? `${done} of ${story.steps.length} done`
            : 'a session that goes wrong and is put right, in five minutes'}
        </span>
      </h2>
      {next && (
        <div className="next">
          <p>
            <strong>
              <bdi>{next.title}</bdi>
            </strong>
            {next.hint && <span className="soft"> {next.hint}</span>}
          </p>
          {isElsewhere && next.act && next.act.kind !== 'be' ? (
            <Link to="/sandbox" search={story.sessionId ? { session: story.sessionId } : {}}>
              Go on in the sandbox
            </Link>
          ) : (
            <Act step={next} />
          )}
        </div>
      )}
      {story.isOver && <StartAgain />}
      <details>
        <summary>All steps</summary>
        <ol>
          {story.steps.map(({ key, title, isDone }) => (
            <li key={key}>
              <span className={`state is-${isDone ? 'good' : 'open'}`}>
                <span>
                  <bdi>{title}</bdi>
                  <span className="hidden">{isDone ? ', done' : ', not yet'}</span>
                </span>
              </span>
            </li>
          ))}
        </ol>
      </details>
    </section>
  )
}

function Act({ step: { act } }: { step: Step }) {
  const { mutate, isPending, error } = useAdvance()
  const navigate = useNavigate()
  if (!act) return null
  switch (act.kind) {
    case 'be':
      return (
        <form method="post" action="/sandbox/be">
          <input type="hidden" name="to" value={act.to} />
          <Button type="submit" variant="filled" name="personId" value={act.personId}>
            Be {act.name}
          </Button>
        </form>
      )
    case 'jump':
      return (
        <>
          <Button variant="filled" loading={isPending} onClick={() => mutate({ to: act.to })}>
            {act.words}
          </Button>
          {error && (
            <span className="state is-bad" role="alert">
              {error.message}
            </span>
          )}
        </>
      )
    case 'look': {
      const { part, personId } = act
      const look = async () => {
        await navigate({ to: '/sandbox', search: (old) => ({ ...old, part }), resetScroll: false })
        pointAt(part, personId, performance.now() + POINTING_MS)
      }
      return (
        <Button variant="filled" onClick={() => void look()}>
          {act.words}
        </Button>
      )
    }
    case 'read':
      return (
        <Button variant="filled" onClick={() => void navigate({ to: '/sessions/$id', params: { id: act.sessionId } })}>
          {act.words}
        </Button>
      )
  }
}

/** The part may still be on its way, and the message in it: looked for at every frame, this long, then its place will do. */
const POINTING_MS = 3_000

/** Brings what is to be pressed into view and under the focus. */
function pointAt(part: 'phones' | 'room', personId: string, until: number): void {
  const place = document.getElementById(part === 'room' ? `join-${personId}` : `phone-${personId}`)
  const target =
    part === 'room' ? place : [...(place?.querySelectorAll<HTMLElement>('.replies button:first-child') ?? [])].at(-1)
  if (!target && performance.now() < until) {
    requestAnimationFrame(() => pointAt(part, personId, until))
    return
  }
  const shown = target ?? place
  shown?.scrollIntoView({ block: 'center' })
  shown?.focus({ preventScroll: true })
}

const StartAgain = () => (
  <p className="soft">
    That was it. Choose another session below and let it end another way: nobody comes, they can’t come, Zoom is late.
  </p>
)
