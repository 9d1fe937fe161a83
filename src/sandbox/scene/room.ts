import { shown, shownOrNull } from '../../http.ts'
import type { SessionView } from '../../sessions/session.ts'
import { meetingsOfSession } from '../who.ts'
import { rows, type World } from '../world.ts'
import type { Person } from './scene.ts'

/** The session's room: whether it is open, who is in and where, who could come. */
export async function room(world: World, session: SessionView, people: readonly Person[]) {
  const ids = session.room === 'meet' ? [] : await meetingsOfSession(world.pool, session.id)
  const present = await rows(
    world.pool,
    `select person, place, came_at, participant ->> 'user_name' as name from sandbox.zoom_presence
     where meeting_id::text = any($1) and left_at is null order by came_at, seq`,
    ids,
  )
  const [run] = await rows(
    world.pool,
    'select started_at, ended_at from sandbox.zoom_run where meeting_id::text = any($1) order by started_at desc limit 1',
    ids,
  )
  const kind: 'meet' | 'none' | 'zoom' = session.room === 'meet' ? 'meet' : ids.length === 0 ? 'none' : 'zoom'
  return {
    kind,
    startedAt: shownOrNull(run?.started_at ?? null),
    endedAt: shownOrNull(run?.ended_at ?? null),
    inside: present.map(({ person, place, came_at, name }) => ({
      person: person as string,
      name: String(name),
      place: place as 'room' | 'waiting_room' | 'before_host',
      since: shown(came_at),
    })),
    outside: people
      .filter(({ id, role }) => role !== null && !present.some(({ person }) => person === id))
      .map(({ id, name, role }) => ({ personId: id, name, role })),
  }
}
