import { transact } from '../database/transaction.ts'
import type { House } from '../http.ts'
import { rematchAll } from './meeting-event.ts'

/** Periodic work of this room, in the same shape as the calendar's. */
export const meetingsChores = () => [
  {
    name: 'events of new rooms',
    everyMinutes: 5,
    run: async (house: House, now: Temporal.Instant): Promise<void> => {
      await transact(house.db, (tx) => rematchAll(tx, now))
    },
  },
]
