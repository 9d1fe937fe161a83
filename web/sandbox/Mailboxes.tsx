import { Button } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { near } from '../times.ts'
import { type Scene, useDeed } from './outside.ts'

const route = getRouteApi('/sandbox')

/** Everybody's mailbox: a mail opens as its reader sees it, and its links can be followed. */
export function Mailboxes({ scene: { mailboxes, now } }: { scene: Scene }) {
  return mailboxes.map((box) => <Mailbox key={box.personId} box={box} now={now} />)
}

function Mailbox({ box, now }: { box: Scene['mailboxes'][number]; now: string }) {
  const { mail } = route.useSearch()
  const deed = useDeed()
  const { name, address, timeZone, refuses, mails } = box
  const at = `email/${encodeURIComponent(address)}`
  return (
    <section className="mailbox">
      <h2>
        <bdi>{name}</bdi> <span className="soft">{address}</span>
      </h2>
      {mails.length === 0 && <p className="soft">No mail yet.</p>}
      <ul className="mails">
        {mails.map(({ id, at: sentAt, subject, begins, cameBack }) => (
          <li key={id}>
            <Link
              to="/sandbox"
              search={(old) => ({ ...old, mail: old.mail === id ? undefined : id })}
              resetScroll={false}
              aria-expanded={mail === id}
            >
              <span className="soft at">{near(sentAt, now, timeZone)}</span> <bdi>{subject}</bdi>
            </Link>
            {cameBack && <span className="state is-bad">came back</span>}
            {mail === id ? (
              <iframe
                className="letter"
                title={subject}
                src={`/sandbox/inbox/${id}/letter`}
                sandbox="allow-popups allow-popups-to-escape-sandbox"
              />
            ) : (
              <p className="soft begins">{begins}</p>
            )}
          </li>
        ))}
      </ul>
      <div className="line">
        {mails.length > 0 && (
          <Button
            size="compact-xs"
            disabled={deed.isPending}
            onClick={() => deed.mutate({ method: 'POST', path: `${at}/bounce` })}
          >
            The last one comes back
          </Button>
        )}
        {refuses && <span className="state is-bad">refuses mail</span>}
        <Button
          size="compact-xs"
          disabled={deed.isPending}
          onClick={() => deed.mutate({ method: 'PUT', path: at, body: { refuses: !refuses } })}
        >
          {refuses ? 'Take mail again' : 'Refuse mail from now on'}
        </Button>
      </div>
      {deed.error && (
        <p className="notice is-bad" role="alert">
          {deed.error.message}
        </p>
      )}
    </section>
  )
}
