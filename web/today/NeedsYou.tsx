import { Link } from '@tanstack/react-router'
import { near, span } from '../times.ts'
import type { TodayAnswer } from './Today.tsx'

/** What a person must look at, first. */
export function NeedsYou({ cases, now, zone }: { cases: TodayAnswer['cases']; now: string; zone: string }) {
  if (cases.length === 0)
    return (
      <p>
        <span className="state is-good">Nothing needs you</span>
      </p>
    )
  return (
    <section>
      <h2 className="group-title">
        Needs you <span className="count">{cases.length}</span>
      </h2>
      <div className="scroll needs">
        <table className="rows">
          <tbody>
            {cases.map(({ id, kind, title, openedAt, sessionId, startsAt, who }) => (
              <tr key={id} data-row>
                <th scope="row" className="time">
                  {startsAt ? near(startsAt, now, zone) : '–'}
                </th>
                <td>
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
                    {who && <bdi>{who} · </bdi>}
                    {kind.replaceAll('_', ' ')} · for {span(openedAt, now)}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
