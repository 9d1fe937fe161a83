import { Tooltip } from '@mantine/core'
import { clock } from '../times.ts'
import { CHANNELS } from '../words.ts'
import type { Row } from './arrange.ts'

const TIERS = [
  ['4_HOURS', '4 h'],
  ['30_MINUTES', '30 m'],
  ['5_MINUTES', '5 m'],
] as const

/** Outline planned, half sent, full delivered, slash skipped, cross failed; a pointer or the focus says all in words. */
export function Marks({ session, zone }: { session: Row; zone: string }) {
  const said = session.marks.map((mark) => {
    const person = session.people.find(({ participantId }) => participantId === mark.participantId)
    const tier = TIERS.find(([tier]) => tier === mark.tier)?.[1]
    return {
      ...mark,
      words: `${tier} to ${person?.name} (${person?.role}), ${CHANNELS[mark.channel]}: ${mark.words}${mark.at ? ` ${clock(mark.at, zone)}` : ''}`,
    }
  })
  return (
    <Tooltip label={said.map(({ words }) => <div key={words}>{words}</div>)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the words behind the marks are for the keyboard too */}
      <span role="img" tabIndex={0} aria-label={said.map(({ words }) => words).join('; ')}>
        {TIERS.map(([tier, short]) => (
          <span className="tier" key={tier}>
            <span className="soft">{short}</span>
            {session.people.map(({ participantId }) => (
              <span className="pair" key={participantId}>
                {said
                  .filter((mark) => mark.tier === tier && mark.participantId === participantId)
                  .map(({ channel, state }) => (
                    <span key={channel} className={`mark is-${state}`} />
                  ))}
              </span>
            ))}
          </span>
        ))}
      </span>
    </Tooltip>
  )
}
