import { transact } from '../database/transaction.ts'
import type { House } from '../http.ts'
import { rematchAll } from './meeting-event.ts'

/** Events that came before their room's number was recorded find their session. */
export const meetingsChores = ({ db }: Pick<House, 'db'>) => [
  {
    name: 'events_of_new_rooms',
    every: { hours: 1 },
    polls: true,
    run: async (now: Temporal.Instant): Promise<void> => {
      await transact(db, (tx) => rematchAll(tx, now))
    },
  },
]
