import { type RawBuilder, sql } from 'kysely'

/** "Asha Rao, Omar Diaz with Daniel Okafor": who is in the session in this column now, as text; null when nobody is. */
export const whoIsIn = (sessionColumn: string): RawBuilder<string | null> => sql<string | null>`
  (select concat_ws(' with ', string_agg(e.name, ', ' order by e.name) filter (where p.role = 'mentee'),
      string_agg(e.name, ', ' order by e.name) filter (where p.role = 'mentor'))
   from session_participant p join account e on e.id = p.account_id
   where p.session_id = ${sql.ref(sessionColumn)} and p.left_at is null having count(*) > 0)`
