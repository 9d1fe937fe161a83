import { BarChart } from '@mantine/charts'
import type { NumbersAnswer } from './Numbers.tsx'
import { weekName } from './NumbersTable.tsx'
import '@mantine/charts/styles.layer.css'

type Props = { rows: NumbersAnswer['rows']; by: 'week' | 'mentor' }

// So many bars can be told apart; the table has them all.
const MOST_BARS = 26

/** What became of the sessions, what was answered, and what was delivered. The table below says the same in numbers. */
export default function Charts({ rows, by }: Props) {
  const drawn = rows.slice(0, MOST_BARS).map((row) => ({
    name: by === 'week' ? weekName(row.key) : row.name.slice(0, 24),
    missed: row.missed,
    'cannot tell': row.cannotTell,
    'not judged': row.notJudged,
    'took place': row.held - row.missed - row.cannotTell - row.notJudged,
    'will be there': row.coming,
    'can’t come': row.cantCome,
    'want to move': row.wantsToMove,
    'no answer': row.silent,
    WhatsApp: row.whatsapp.delivered,
    email: row.email.sent,
    failed: row.whatsapp.failed + row.email.failed,
    unknown: row.whatsapp.unknown + row.email.unknown,
  }))
  return (
    <div className="charts">
      {CHARTS.map(({ title, series }) => (
        <figure key={title} className="card">
          <figcaption>
            <h2>{title}</h2>
          </figcaption>
          <div aria-hidden="true">
            <BarChart
              h={220}
              data={drawn}
              dataKey="name"
              type="stacked"
              withLegend
              tickLine="none"
              maxBarWidth={48}
              yAxisProps={{ allowDecimals: false, width: 36 }}
              series={[...series]}
              barChartProps={{ accessibilityLayer: false }}
              barProps={{ isAnimationActive: false }}
              legendProps={{ verticalAlign: 'bottom' }}
            />
          </div>
        </figure>
      ))}
      {rows.length > MOST_BARS && <p className="soft">The first {MOST_BARS} are drawn; the table has all.</p>}
    </div>
  )
}

const CHARTS = [
  {
    title: 'What became of the sessions',
    series: [
      { name: 'took place', color: 'var(--good)' },
      { name: 'missed', color: 'var(--bad)' },
      { name: 'cannot tell', color: 'var(--warn)' },
      { name: 'not judged', color: 'var(--edge)' },
    ],
  },
  {
    title: 'Asked whether they will be there',
    series: [
      { name: 'will be there', color: 'var(--good)' },
      { name: 'can’t come', color: 'var(--bad)' },
      { name: 'want to move', color: 'var(--warn)' },
      { name: 'no answer', color: 'var(--edge)' },
    ],
  },
  {
    title: 'Messages delivered',
    series: [
      { name: 'WhatsApp', color: 'var(--accent)' },
      { name: 'email', color: 'var(--good)' },
      { name: 'failed', color: 'var(--bad)' },
      { name: 'unknown', color: 'var(--edge)' },
    ],
  },
] as const
