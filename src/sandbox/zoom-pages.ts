import { html } from 'hono/html'
import type { VendorApp } from './listen.ts'
import { row, type World } from './world.ts'
import type { zoomRooms } from './zoom-room.ts'

/** Where Zoom's links lead in the sandbox: a page that says which room this is, with a button to come in and one to leave. */
export function zoomPages(app: VendorApp, world: World, rooms: ReturnType<typeof zoomRooms>): void {
  app.get('/w/:id', async (c) => {
    const registrant = await row(
      world.pool,
      `select r.first_name, r.last_name, m.topic, r.status, m.deleted_at,
         exists (select from sandbox.zoom_presence p where p.meeting_id = m.id and p.participant ->> 'registrant_id' = r.id and p.left_at is null) as inside
       from sandbox.zoom_registrant r join sandbox.zoom_meeting m on m.id = r.meeting_id where r.token = $1 and m.id::text = $2`,
      c.req.query('tk') ?? '',
      c.req.param('id'),
    )
    if (registrant?.status !== 'approved' || registrant.deleted_at)
      return c.html(page('This meeting link is invalid (3,001)', ''), 404)
    const name = `${registrant.first_name} ${registrant.last_name}`.trim()
    const form = (action: string, word: string) =>
      html`<form method="post" action="/w/${c.req.param('id')}/${action}?tk=${c.req.query('tk')}"><button>${word}</button></form>`
    return c.html(
      page(
        registrant.topic,
        html`<p>${registrant.inside ? `${name}, you are in the room.` : `You come in as ${name}.`}</p>${registrant.inside ? form('leave', 'Leave') : form('join', 'Join')}`,
      ),
    )
  })
  app.post('/w/:id/:act{join|leave}', async (c) => {
    const visit = { zoomMeetingId: c.req.param('id'), person: c.req.query('tk') ?? '' }
    await (c.req.param('act') === 'join' ? rooms.join({ ...visit, as: 'registrant' }) : rooms.leave(visit))
    return c.redirect(`/w/${c.req.param('id')}?tk=${encodeURIComponent(visit.person)}`, 303)
  })
  app.get('/s/:id', async (c) => {
    const form = html`<form method="post" action="/s/${c.req.param('id')}?zak=${c.req.query('zak') ?? ''}"><button>Start</button></form>`
    return c.html(page('Start this meeting as its host', form))
  })
  app.post('/s/:id', async (c) => {
    const host = await row(
      world.pool,
      'select u.email, u.first_name, u.last_name from sandbox.zoom_meeting m join sandbox.zoom_user u on u.id = m.host_id where m.id::text = $1 and m.deleted_at is null',
      c.req.param('id'),
    )
    if (!host) return c.html(page('This meeting link is invalid (3,001)', ''), 404)
    await rooms.join({
      zoomMeetingId: c.req.param('id'),
      person: host.email,
      as: 'signed-in',
      name: `${host.first_name} ${host.last_name}`.trim(),
    })
    return c.html(page('You are in the room, as its host.', ''))
  })
}

function page(title: string, body: unknown) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" /><meta name="viewport" content="width=device-width" /><title>Simulated Zoom</title>
        <style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem } button { font: inherit; padding: .5rem 1.2rem }</style>
      </head>
      <body><p>This is the sandbox's Zoom.</p><h1>${title}</h1>${body}</body>
    </html>`
}
