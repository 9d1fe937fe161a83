import { Button } from '@mantine/core'
import { useZone } from '../me.ts'
import { near } from '../times.ts'
import { type Scene, useDeed } from './outside.ts'
import { SlackText } from './Readable.tsx'

/** The channel of ops with its cards; their buttons do what they do in Slack. */
export function SlackChannel({ scene: { slack, now } }: { scene: Scene }) {
  const zone = useZone()
  const deed = useDeed()
  return (
    <>
      <h2>Slack #ops</h2>
      {slack.length === 0 && (
        <p className="soft">No card yet. One comes when a mentee does not answer, or when somebody is missing.</p>
      )}
      {deed.error && (
        <p className="notice is-bad" role="alert">
          {deed.error.message}
        </p>
      )}
      <ul className="cards-of-slack">
        {slack.map(({ ts, at, text, buttons }) => (
          <li key={ts}>
            <p className="soft">
              <strong>Punctual</strong> {near(at, now, zone)}
            </p>
            <p className="said">
              <SlackText text={text} />
            </p>
            <div className="line">
              {buttons.map(({ id, title }) => (
                <Button
                  key={id}
                  size="compact-sm"
                  disabled={deed.isPending}
                  onClick={() => deed.mutate({ method: 'POST', path: 'slack/press', body: { ts, actionId: id } })}
                >
                  {title}
                </Button>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}
