import { Switch } from '@mantine/core'
import { type Scene, useDeed } from './outside.ts'

/** What can be made to go wrong, in words; on until it is switched off. */
export function Faults({ scene: { switches } }: { scene: Scene }) {
  const deed = useDeed()
  const turning = deed.isPending ? deed.variables : undefined
  return (
    <>
      <h2>Let something go wrong</h2>
      <ul className="faults">
        {switches.map(({ vendor, kind, words, isOn, struck, parameter }) => {
          const isTurning = turning?.body?.vendor === vendor && turning.body.kind === kind
          return (
            <li key={`${vendor} ${kind}`}>
              <Switch
                label={words}
                // Shown as it will be, while it is being turned.
                checked={isTurning ? !isOn : isOn}
                disabled={deed.isPending && !isTurning}
                onChange={() =>
                  deed.mutate(
                    isOn
                      ? { method: 'DELETE', path: `faults?vendor=${vendor}&kind=${kind}`, body: { vendor, kind } }
                      : {
                          method: 'PUT',
                          path: 'faults',
                          body: { vendor, kind, ...(parameter === undefined ? {} : { parameter }) },
                        },
                  )
                }
              />
              {isOn && struck > 0 && (
                <span className="state is-bad">
                  struck {struck} {struck === 1 ? 'time' : 'times'}
                </span>
              )}
            </li>
          )
        })}
      </ul>
      {deed.error && (
        <p className="notice is-bad" role="alert">
          {deed.error.message}
        </p>
      )}
    </>
  )
}
