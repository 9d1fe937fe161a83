import './personas.css'
import { Modal, TextInput } from '@mantine/core'
import { useDeferredValue, useState } from 'react'
import { city } from '../times.ts'
import { usePersonas } from './outside.ts'

const GROUPS = [
  ['ops', 'Ops'],
  ['mentor', 'Mentors'],
  ['mentee', 'Mentees'],
] as const

/** Anybody can be anybody here: typed, found, pressed. Enter takes the first that is found. */
export function Personas({ close }: { close: () => void }) {
  const [search, setSearch] = useState('')
  const asked = usePersonas(useDeferredValue(search))
  const people = asked.data?.items ?? []
  return (
    <Modal opened onClose={close} title="Be somebody else" returnFocus>
      <form method="post" action="/sandbox/be" className="personas">
        <TextInput
          type="search"
          aria-label="Search by name, or mentor, mentee, ops"
          placeholder="Name, mentor, mentee or ops"
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        {asked.error && (
          <p className="notice is-bad" role="alert">
            {asked.error.message}
          </p>
        )}
        {asked.data && people.length === 0 && <p className="soft">Nobody is called that.</p>}
        {GROUPS.map(([role, title]) => {
          const list = people.filter((person) => person.role === role)
          return (
            list.length > 0 && (
              <section key={role}>
                <h3>{title}</h3>
                {list.map(({ id, name, timeZone }) => (
                  <button key={id} type="submit" name="personId" value={id}>
                    <bdi>{name}</bdi> <span className="soft">{city(timeZone)}</span>
                  </button>
                ))}
              </section>
            )
          )
        })}
      </form>
    </Modal>
  )
}
