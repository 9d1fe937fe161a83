import { finishConnecting, startConnecting } from '../../calendar/connect.ts'
import { Refusal } from '../../errors.ts'
import type { House } from '../../http.ts'
import { type Form, idOr, instantOr } from '../../pages/form.ts'
import { vendorsOf } from '../../vendors/vendors.ts'
import type { FaultKind, Vendor } from '../faults.ts'
import { readEvent } from '../google-events.ts'
import type { Sandbox } from '../start.ts'
import type { JoinAs } from '../zoom-room.ts'
import { SWITCHES } from './fault-switches.ts'

type Act = (of: string, form: Form) => Promise<unknown>

/** What people and vendors do, by the part of the world they do it in. `of` is whose phone, which room, whose calendar. */
export function worldActs(
  house: House,
  sandbox: Sandbox,
): Record<'phone' | 'room' | 'slack' | 'mail' | 'calendar' | 'faults', Act> {
  return {
    async phone(of, form) {
      const number = /^\+?\d{7,15}$/.test(of) ? of : refuse('This is no phone number.')
      const { behave, read, reply } = sandbox.whatsapp
      if (form('button')) return reply(number, { button: form('button') })
      if (form('text')) return reply(number, { text: form('text').slice(0, 1000) })
      switch (form('do')) {
        case 'read':
          return read(number)
        case 'off':
          return behave(number, { phoneOff: true })
        case 'on':
          return behave(number, { phoneOff: false })
        case 'gone':
          return behave(number, { onWhatsapp: false })
        case 'back':
          return behave(number, { onWhatsapp: true })
        default:
          return refuse('Write something, or press a button.')
      }
    },

    async room(of, form) {
      const sessionId = idOr(of) ?? refuse('There is no such session.')
      const person = form('person')
      switch (form('do')) {
        case 'join': {
          const as = (['registrant', 'signed-in', 'guest', 'phone'] as JoinAs[]).find((one) => one === form('as'))
          const name = form('name').slice(0, 100)
          return sandbox.zoomJoin({ sessionId, person, as: as ?? 'registrant', ...(name ? { name } : {}) })
        }
        case 'leave':
          return sandbox.zoomLeave({ sessionId, person })
        case 'admit':
          return sandbox.zoomAdmit({ sessionId })
        case 'end':
          return sandbox.zoomEnd({ sessionId })
        default:
          return refuse('Join, leave, let in or end?')
      }
    },

    slack: (_, form) => sandbox.slackPress({ ts: form('ts'), actionId: form('actionId') }),

    async mail(of, form) {
      if (form('do') === 'bounce') return sandbox.emailBounce(of)
      return sandbox.email.refuse(of, form('do') === 'refuse')
    },

    async calendar(of, form) {
      const mentor = await house.db
        .selectFrom('account as a')
        .leftJoin('calendar_connection as c', (on) =>
          on.onRef('c.account_id', '=', 'a.id').on('c.disconnected_at', 'is', null),
        )
        .select(['a.id', 'a.email', 'c.google_email'])
        .where('a.id', '=', idOr(of) ?? refuse('There is no such person.'))
        .executeTakeFirst()
      if (!mentor) return refuse('There is no such person.')
      const email = mentor.google_email ?? mentor.email
      const { busy, move, delete: remove, decline } = sandbox.google
      switch (form('do')) {
        case 'connect':
          return connectCalendar(house, sandbox, mentor)
        case 'revoke':
          return sandbox.revokeGoogle(email)
        case 'busy': {
          const startsAt = instantOr(`${form('startsAt')}Z`) ?? refuse('From when?')
          const minutes = Math.min(Math.max(Number.parseInt(form('minutes'), 10) || 60, 5), 1440)
          return vendorSays(
            busy(email, { summary: form('summary') || 'Busy', startsAt, endsAt: startsAt.add({ minutes }) }),
          )
        }
        case 'later': {
          const event = await vendorSays(readEvent(sandbox.world, email, form('id')))
          const [start, end] = [event.start?.dateTime, event.end?.dateTime].map((text) =>
            text ? Temporal.Instant.from(text) : null,
          )
          if (!start || !end) return refuse('An event of whole days stays where it is.')
          const to = { startsAt: start.add({ hours: 1 }), endsAt: end.add({ hours: 1 }) }
          return vendorSays(move(email, form('id'), to))
        }
        case 'decline':
          return vendorSays(decline(email, form('id')))
        case 'delete':
          return vendorSays(remove(email, form('id')))
        default:
          return refuse('Add, move, decline or delete?')
      }
    },

    async faults(_, form) {
      const [vendor, kind] = (form('on') || form('off')).split(' ') as [Vendor, FaultKind]
      if (form('off')) return sandbox.clearFaults(vendor, kind)
      const known =
        SWITCHES.find((one) => one.vendor === vendor && one.kind === kind) ?? refuse('There is no such switch.')
      return sandbox.setFault({
        vendor,
        kind,
        ...(known.parameter === undefined ? {} : { parameter: known.parameter }),
      })
    },
  }
}

/** Every step that the mentor's browser would take, with all boxes ticked on Google's page. */
async function connectCalendar(
  house: House,
  sandbox: Sandbox,
  { id, email }: { id: string; email: string },
): Promise<void> {
  const { people } = vendorsOf(house.config)
  if (!people) return refuse('Google is not configured on this installation.')
  const { url, verifier } = startConnecting(house, people, id, email)
  const back = new URL(await sandbox.consent(url, { email }))
  const answer = {
    code: back.searchParams.get('code') ?? undefined,
    state: back.searchParams.get('state') ?? undefined,
  }
  const outcome = await finishConnecting(house, people, id, { ...answer, verifier })
  if (outcome !== 'connected') refuse(`Google did not let us in: ${outcome}.`)
}

async function vendorSays<T>(done: Promise<T>): Promise<T> {
  try {
    return await done
  } catch (error) {
    if (error instanceof Error && 'reason' in error) throw new Refusal('not_possible', `Google says: ${error.message}`)
    throw error
  }
}

function refuse(sentence: string): never {
  throw new Refusal('not_possible', sentence)
}
