import { Link } from '@tanstack/react-router'
import { day } from '../times.ts'
import type { NumbersAnswer } from './Numbers.tsx'
import { lead, share } from './share.ts'

type Row = NumbersAnswer['rows'][number]

const COLUMNS: readonly (readonly [string, (row: Row) => string | number])[] = [
  ['Sessions', (row) => row.sessions],
  ['Cancelled', (row) => (row.cancelledLate > 0 ? `${row.cancelled} (${row.cancelledLate} late)` : row.cancelled)],
  ['Missed', (row) => share(row.missed, row.held)],
  ['by mentee / mentor', (row) => `${row.missedByMentee} / ${row.missedByMentor}`],
  ['Cannot tell', (row) => row.cannotTell],
  ['Not judged', (row) => row.notJudged],
  ['Will be there', (row) => share(row.coming, row.asked)],
  ['Can’t come', (row) => row.cantCome],
  ['Want to move', (row) => row.wantsToMove],
  ['No answer', (row) => share(row.silent, row.asked)],
  ['Booked ahead (median)', (row) => lead(row.leadHours)],
  ['WhatsApp delivered', (row) => share(row.whatsapp.delivered, row.whatsapp.sent)],
  ['read', (row) => share(row.whatsapp.read, row.whatsapp.sent)],
  ['failed', (row) => row.whatsapp.failed],
  ['unknown', (row) => row.whatsapp.unknown],
  ['Email sent', (row) => row.email.sent],
  ['email failed', (row) => row.email.failed],
  ['email unknown', (row) => row.email.unknown],
]

/** What the charts draw, and everything else: this is the truth that can be read out. */
export function NumbersTable({
  numbers: { rows, total, more },
  by,
}: {
  numbers: NumbersAnswer
  by: 'week' | 'mentor'
}) {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen is moved by keyboard, too */}
      <section className="scroll" tabIndex={0} aria-label="All numbers">
        <table className="rows blocks">
          <thead>
            <tr>
              <th scope="col">{by === 'week' ? 'Week from' : 'Mentor'}</th>
              {COLUMNS.map(([name]) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key} data-row>
                <th scope="row" className="time">
                  {by === 'week' ? (
                    weekName(row.key)
                  ) : (
                    <Link to="/people/$id" params={{ id: row.key }}>
                      <bdi>{row.name}</bdi>
                    </Link>
                  )}
                </th>
                <Cells row={row} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">All</th>
              <Cells row={total} />
            </tr>
          </tfoot>
        </table>
      </section>
      {more && <p className="soft">Only the 500 mentors with most sessions are shown; “All” counts everybody.</p>}
      <p className="soft">
        Missed: somebody was absent, by the newest verdict. Cannot tell: nobody is known to have been absent, and of
        somebody it cannot be told; it is counted as neither. Percentages are shown from 20 on.
      </p>
    </>
  )
}

const Cells = ({ row }: { row: Row }) =>
  COLUMNS.map(([name, read]) => (
    <td key={name} className="number" data-label={name}>
      {read(row)}
    </td>
  ))

export const weekName = (key: string): string => day(`${key}T12:00:00Z`, 'UTC')
