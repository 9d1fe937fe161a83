import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useAct } from '../act.tsx'
import { Trouble } from '../desk/Trouble.tsx'
import { moment, near, span } from '../times.ts'
import { mergeUndone } from '../words.ts'
import type { MergeAnswer } from './Merge.tsx'
import { undo } from './Preview.tsx'

type Item = MergeAnswer['recent'][number]

/** The last merges, and whether each can still be taken back. */
export function Recent({ recent, zone, now }: { recent: Item[]; zone: string; now: string }) {
  return (
    <section>
      <h2 className="group-title">
        Merged lately <span className="count">{recent.length}</span>
      </h2>
      {recent.length === 0 ? (
        <p className="soft">Nothing was merged yet.</p>
      ) : (
        <ul className="rows-list card-list">
          {recent.map((item) => (
            <One key={item.mergeId} item={item} zone={zone} now={now} />
          ))}
        </ul>
      )}
    </section>
  )
}

function One({ item, zone, now }: { item: Item; zone: string; now: string }) {
  const { mutate, isPending, isWaiting, error } = useAct({
    act: () => undo(item.mergeId, 'undone on the page'),
    said: mergeUndone,
  })
  return (
    <li data-row>
      <span className={`state is-${item.undoneAt ? 'off' : 'good'}`}>{item.undoneAt ? 'undone' : 'merged'}</span>
      <div className="who">
        <Link to="/sessions/$id" params={{ id: item.survivorId }}>
          {moment(item.startsAt, zone)} <bdi>{item.mentor}</bdi>
        </Link>
        <p>
          took over {item.folded.map(({ startsAt }) => moment(startsAt, zone)).join(' and ')}{' '}
          <q>
            <bdi>{item.reason}</bdi>
          </q>
        </p>
        <p className="soft">
          <bdi>{item.by}</bdi>, {near(item.mergedAt, now, zone)}, {span(item.mergedAt, now)} ago
          {item.undoneAt && ` · undone ${near(item.undoneAt, now, zone)}`}
          {!item.undoneAt && item.stays && ` · stays: ${item.stays}`}
        </p>
        <Trouble error={error} isWaiting={isWaiting} />
      </div>
      {!item.stays && (
        <Button data-actions loading={isPending} onClick={() => mutate()}>
          Undo
        </Button>
      )}
    </li>
  )
}
