import { shown } from '../../http.ts'
import { rows, type World } from '../world.ts'
import type { Person } from './scene.ts'

const MOST = 20

/** Everybody's mailbox, newest first. A mail's own look is at `/sandbox/inbox/{id}/letter`. */
export const mailboxes = (world: World, people: readonly Person[]) =>
  Promise.all(
    people.map(async ({ id, name, email, timeZone }) => {
      const mails = await rows(
        world.pool,
        "select id, at, subject, body, state from sandbox.message where channel = 'email' and address = $1 order by seq desc limit $2",
        email,
        MOST,
      )
      const [box] = await rows(world.pool, 'select refuses from sandbox.mailbox where email = $1', email)
      return {
        personId: id,
        name,
        address: email,
        timeZone,
        refuses: box?.refuses === true,
        mails: mails.map((mail) => ({
          id: mail.id as string,
          at: shown(mail.at),
          subject: String(mail.subject ?? ''),
          begins: String(mail.body).replaceAll(/\s+/g, ' ').slice(0, 120),
          cameBack: mail.state === 'bounced',
        })),
      }
    }),
  )
