import { Button, Popover, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useAct } from '../act.tsx'
import { answer, api } from '../api.ts'
import { ButtonLink } from '../links.tsx'
import { clock, near, span } from '../times.ts'
import { ANSWERS, CHANNELS, PRESENCE, SENT } from '../words.ts'
import type { Case } from './arrange.ts'

type Props = { cases: Case[]; now: string; zone: string; isFiltered: boolean; onSettled: (id: string) => void }

/** What a person must look at, first: what is known about it, and what can be done at once. */
export function NeedsYou({ cases, now, zone, isFiltered, onSettled }: Props) {
  if (cases.length === 0)
    return isFiltered ? null : (
      <p>
        <span className="state is-good">Nothing needs you</span>
      </p>
    )
  return (
    <section aria-labelledby="needs-you">
      <h2 className="group-title" id="needs-you">
        Needs you <span className="count">{cases.length}</span>
      </h2>
      <ul className="needs">
        {cases.map((one) => (
          <CaseRow key={one.id} one={one} now={now} zone={zone} onSettled={onSettled} />
        ))}
      </ul>
    </section>
  )
}

function CaseRow({
  one,
  now,
  zone,
  onSettled,
}: {
  one: Case
  now: string
  zone: string
  onSettled: (id: string) => void
}) {
  const { id, title, openedAt, sessionId, startsAt, who, lines, room, people, acts } = one
  return (
    <li data-row data-moves={`case ${id}`}>
      <span className="time">{startsAt ? near(startsAt, now, zone) : '–'}</span>
      <div className="what">
        <p>
          {sessionId ? (
            <Link to="/sessions/$id" params={{ id: sessionId }}>
              <bdi>{title}</bdi>
            </Link>
          ) : (
            <strong>
              <bdi>{title}</bdi>
            </strong>
          )}{' '}
          <span className="soft">
            {who && (
              <>
                <bdi>{who}</bdi> ·{' '}
              </>
            )}
            open for {span(openedAt, now)}
          </span>{' '}
          {room && (
            <span className={`state is-${room.tone}`}>
              room {room.words} {room.at && near(room.at, now, zone)}
            </span>
          )}
        </p>
        {lines.map((line) => (
          <p key={line} className="soft">
            <bdi>{line}</bdi>
          </p>
        ))}
        {people.map((person) => (
          <PersonFacts key={person.participantId} person={person} now={now} zone={zone} />
        ))}
      </div>
      <div className="acts">
        {sessionId && acts.includes('message') && (
          <ButtonLink size="compact-sm" to="/sessions/$id" params={{ id: sessionId }} search={{ act: 'message' }}>
            Message
          </ButtonLink>
        )}
        {sessionId && acts.includes('move') && (
          <ButtonLink size="compact-sm" to="/sessions/$id" params={{ id: sessionId }} search={{ act: 'move' }}>
            Move
          </ButtonLink>
        )}
        {sessionId && acts.includes('release') && (
          <ButtonLink size="compact-sm" to="/sessions/$id" params={{ id: sessionId }} search={{ act: 'cancel' }}>
            Release the slot
          </ButtonLink>
        )}
        <Settle id={id} title={title} onSettled={onSettled} />
      </div>
    </li>
  )
}

/** Where one is, what was sent to them and how far it came, what they said or pressed. */
function PersonFacts({ person, now, zone }: { person: Case['people'][number]; now: string; zone: string }) {
  const { name, role, presence, presentAt, answer, known, last } = person
  const [tone, where] = presence ? PRESENCE[presence] : (ANSWERS[answer ?? ''] ?? (['open', ''] as const))
  const rest = [
    last && `${CHANNELS[last.channel]} “${last.meaning}” ${SENT[last.state] ?? last.state} ${near(last.at, now, zone)}`,
    known,
    !presence && !answer && role === 'mentee' && 'no answer',
  ]
  return (
    <p>
      <span className={`state is-${tone}`}>
        <span>
          <bdi>{name}</bdi> {where} {presentAt && clock(presentAt, zone)}
        </span>
      </span>{' '}
      <span className="soft">{rest.filter(Boolean).map((words) => `· ${words} `)}</span>
    </p>
  )
}

/** Settled by a person, with a reason that stays on record and on the Slack card. */
function Settle({ id, title, onSettled }: { id: string; title: string; onSettled: (id: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const { mutate, isPending, error } = useAct({
    act: () => answer(api.api.v1.cases[':id'].settle.$post({ param: { id }, json: { reason: reason.trim() } })),
    said: () => `Closed: ${title}`,
    after: () => {
      setOpen(false)
      onSettled(id)
    },
  })
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus returnFocus withinPortal shadow="md">
      <Popover.Target>
        <Button size="compact-sm" data-actions onClick={() => setOpen(!isOpen)} aria-label={`Close the case: ${title}`}>
          Close
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Close the case">
        <form
          className="reason"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim()) mutate()
          }}
        >
          <TextInput
            label="Why is it settled?"
            description="It stays on record."
            required
            maxLength={500}
            data-autofocus
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            error={error?.message}
          />
          <Button type="submit" variant="filled" loading={isPending}>
            Close the case
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
