import { Button, Select, TextInput } from '@mantine/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { near } from '../times.ts'
import { type Scene, useDeed, usePersonas } from './outside.ts'
import { Readable } from './Readable.tsx'

const route = getRouteApi('/sandbox')

type PhoneOf = Scene['phones'][number]

const TICKS: Record<string, string> = {
  accepted: 'on its way',
  sent: 'sent, the phone is off',
  delivered: 'delivered',
  read: 'read',
  failed: 'did not arrive',
}

/** Everybody's phone, side by side. */
export function Phones({ scene }: { scene: Scene }) {
  return scene.phones.map((phone) => <Phone key={phone.personId} phone={phone} now={scene.now} />)
}

function Phone({ phone, now }: { phone: PhoneOf; now: string }) {
  const { personId, name, role, phone: number, isOff, isOnWhatsapp, mayWrite } = phone
  const deed = useDeed()
  const at = `whatsapp/${encodeURIComponent(number ?? '')}`
  const behave = (body: Record<string, unknown>) => deed.mutate({ method: 'PUT', path: at, body })
  return (
    <section className="device" aria-labelledby={`phone-of-${personId}`} id={`phone-${personId}`}>
      <header>
        <h2 id={`phone-of-${personId}`}>
          <bdi>{name}</bdi> <span className="soft">{role ?? 'phone'}</span>
        </h2>
        <Be personId={personId} name={name} />
      </header>
      {number === null ? (
        <p className="soft">No number is known.{role === 'mentee' && ' A mentee gives it when booking.'}</p>
      ) : (
        <>
          <p className="soft">
            {number} ·{' '}
            {isOff ? (
              <span className="state is-off">phone is off</span>
            ) : isOnWhatsapp ? (
              'on WhatsApp'
            ) : (
              <span className="state is-bad">not on WhatsApp</span>
            )}
            {!mayWrite && <span className="state is-warn">has not allowed WhatsApp: gets mail</span>}
          </p>
          <Chat phone={phone} now={now} deed={deed} at={at} />
          <div className="line">
            <Button size="compact-xs" onClick={() => deed.mutate({ method: 'POST', path: `${at}/read` })}>
              Read all
            </Button>
            <Button size="compact-xs" onClick={() => behave({ phoneOff: !isOff })}>
              {isOff ? 'Switch on' : 'Switch off'}
            </Button>
            <Button size="compact-xs" onClick={() => behave({ onWhatsapp: !isOnWhatsapp })}>
              {isOnWhatsapp ? 'Leave WhatsApp' : 'Come back to WhatsApp'}
            </Button>
          </div>
          {deed.error && (
            <p className="notice is-bad" role="alert">
              {deed.error.message}
            </p>
          )}
        </>
      )}
    </section>
  )
}

function Chat({
  phone: { personId, name, timeZone, bubbles },
  now,
  deed,
  at,
}: {
  phone: PhoneOf
  now: string
  deed: ReturnType<typeof useDeed>
  at: string
}) {
  const [text, setText] = useState('')
  const list = useRef<HTMLOListElement>(null)
  const last = bubbles.at(-1)?.id
  // A new message is what moves the chat to its end.
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight
  }, [last])
  const pressed = deed.isPending ? deed.variables?.body?.button : undefined
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be scrollable by keyboard */}
      <ol className="chat" ref={list} tabIndex={0} aria-label={`Chat of ${name}`}>
        {bubbles.length === 0 && <li className="soft is-none">Nothing has arrived yet.</li>}
        {bubbles.map(({ id, at: sentAt, text: words, isTheirs, state, buttons }) => (
          <li key={id} className={isTheirs ? 'is-theirs' : 'is-ours'}>
            <p>
              <Readable text={words} />
            </p>
            <p className="soft">
              {near(sentAt, now, timeZone)}
              {state && ` · ${TICKS[state] ?? state}`}
            </p>
            {buttons.length > 0 && (
              <div className="replies">
                {buttons.map((button) => (
                  <Button
                    key={button.id}
                    loading={pressed === button.id}
                    disabled={deed.isPending && pressed !== button.id}
                    onClick={() => deed.mutate({ method: 'POST', path: `${at}/reply`, body: { button: button.id } })}
                  >
                    {button.title}
                  </Button>
                ))}
              </div>
            )}
          </li>
        ))}
      </ol>
      <form
        className="line"
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim() === '') return
          deed.mutate({ method: 'POST', path: `${at}/reply`, body: { text: text.trim().slice(0, 1000) } })
          setText('')
        }}
      >
        <TextInput
          id={`write-${personId}`}
          aria-label={`Write as ${name}`}
          placeholder={`Write as ${name.split(' ')[0]?.slice(0, 20)}`}
          value={text}
          maxLength={1000}
          autoComplete="off"
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Button type="submit">Send</Button>
      </form>
    </>
  )
}

/** Punctual as this person sees it: a form, because it is another person's page that follows. */
export const Be = ({ personId, name }: { personId: string; name: string }) => (
  <form method="post" action="/sandbox/be">
    <Button type="submit" size="compact-xs" variant="subtle" name="personId" value={personId}>
      Be {name.split(' ')[0]?.slice(0, 20)}
    </Button>
  </form>
)

/** One phone more, for whoever is searched for. */
export function Another({ shown }: { shown: string[] }) {
  const navigate = useNavigate({ from: '/sandbox' })
  const { with: others = [] } = route.useSearch()
  const [search, setSearch] = useState('')
  const people = usePersonas(search).data?.items ?? []
  return (
    <>
      <Select
        className="another"
        aria-label="Another phone"
        placeholder="Another phone …"
        searchable
        searchValue={search}
        onSearchChange={setSearch}
        value={null}
        filter={({ options }) => options}
        nothingFoundMessage="Nobody is called that"
        data={people
          .filter(({ id }) => !shown.includes(id))
          .slice(0, 30)
          .map(({ id, name, role }) => ({ value: id, label: `${name} (${role})` }))}
        onChange={(id) => {
          setSearch('')
          if (id) void navigate({ search: (old) => ({ ...old, with: [...others, id].slice(-4) }), resetScroll: false })
        }}
      />
      {others.length > 0 && (
        <Button onClick={() => void navigate({ search: (old) => ({ ...old, with: undefined }), resetScroll: false })}>
          Only the session’s people
        </Button>
      )}
    </>
  )
}
