import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answer, api } from '../api.ts'
import { moment } from '../times.ts'
import { VERDICTS } from '../words.ts'
import type { Desk } from './desk.ts'

/** The other sessions of these two, asked for when somebody opens them. */
export function Pair({ desk, zone }: { desk: Desk; zone: string }) {
  const [isOpen, setOpen] = useState(false)
  const mentor = desk.session.participants.find(({ role }) => role === 'mentor')
  const mentee = desk.session.participants.find(({ role }) => role === 'mentee')
  const query = { mentorId: mentor?.personId ?? '', menteeId: mentee?.personId ?? '', limit: '100' }
  const { data, error } = useQuery({
    queryKey: ['pair', query],
    queryFn: () => answer(api.api.v1.sessions.$get({ query: query as never })),
    enabled: isOpen && Boolean(mentor && mentee),
  })
  if (!mentor || !mentee) return null
  const others = (data?.items ?? []).filter(({ id }) => id !== desk.session.id)
  return (
    <details className="pair-history" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>History of this pair</summary>
      {error && <p className="state is-bad">{error.message}</p>}
      {isOpen && !data && !error && <p className="soft">One moment …</p>}
      {data && others.length === 0 && <p className="soft">This is their only session.</p>}
      <ul>
        {others.map((other) => {
          const verdict = other.participants.find(({ personId }) => personId === mentee.personId)?.verdict
          return (
            <li key={other.id}>
              <Link to="/sessions/$id" params={{ id: other.id }}>
                {moment(other.startsAt, zone)}
              </Link>{' '}
              <span className="soft">{other.status === 'scheduled' ? '' : other.status}</span>{' '}
              {verdict && (
                <span className={`state is-${VERDICTS[verdict]?.[0] ?? 'open'}`}>
                  mentee {VERDICTS[verdict]?.[1] ?? verdict}
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </details>
  )
}
