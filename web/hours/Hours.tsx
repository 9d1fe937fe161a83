import './hours.css'
import { notifications } from '@mantine/notifications'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { answer, api, Problem } from '../api.ts'
import { NoMentor } from '../mentor/NoMentor.tsx'
import { useMentor } from '../mentor/whose.ts'
import { useNow } from '../now.ts'
import { queries } from '../queries.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { addDays, dateOf, mondayOf, startOfDay } from '../times.ts'
import { Dates } from './Dates.tsx'
import { configOf, mistakesOf } from './draft.ts'
import { checkHours, hoursKey, readHours, saveHours } from './hours-queries.ts'
import { OutsideHours } from './OutsideHours.tsx'
import { Preview } from './Preview.tsx'
import { Rules } from './Rules.tsx'
import { SaveBar } from './SaveBar.tsx'
import { Theirs } from './Theirs.tsx'
import { useDraft } from './use-draft.ts'
import { Week } from './Week.tsx'

const route = getRouteApi('/hours')

/** A mentor's hours: typed or dragged, with what a mentee would see of them before anything is saved. */
export function Hours() {
  const whose = useMentor(route.useSearch().mentor)
  const id = whose?.id ?? ''
  const stored = useQuery({ queryKey: hoursKey(id), queryFn: () => readHours(id), enabled: whose !== null })
  if (!whose) return <NoMentor />
  if (stored.error) return <Failed error={stored.error} again={stored.refetch} />
  if (!stored.data) return <Waiting lines={12} />
  return <Editor key={id} id={id} isOwn={whose.isOwn} stored={stored.data} />
}

type Stored = Awaited<ReturnType<typeof readHours>>

function Editor({ id, isOwn, stored }: { id: string; isOwn: boolean; stored: Stored }) {
  const hours = useDraft(id, stored)
  const { draft } = hours
  const { config, mistakes: unreadable } = configOf(draft)
  const look = useLook(config.timeZone)
  const asked = useSettled(JSON.stringify(config))
  const isReadable = Object.keys(unreadable).length === 0
  const check = useQuery({
    queryKey: ['hours-check', id, hours.base.tag, asked, look.range],
    queryFn: () => checkHours(id, JSON.parse(asked), look.range),
    enabled: isReadable,
    placeholderData: keepPreviousData,
  })
  const refused = check.error instanceof Problem ? mistakesOf(check.error.details.errors, config) : {}
  const mistakes = { ...refused, ...unreadable }
  const save = useSave(id, hours)
  const isDirty = hours.changes.length > 0
  const mentor = useQuery({
    queryKey: ['people', id, 'name'],
    queryFn: () => answer(api.api.v1.people[':id'].$get({ param: { id } })),
    enabled: !isOwn,
  })
  return (
    <>
      <div className="head">
        <h1>
          {isOwn ? (
            'Your hours'
          ) : (
            <>
              Hours of <bdi>{mentor.data?.name ?? 'this mentor'}</bdi>
            </>
          )}
        </h1>
      </div>
      {hours.theirs && <Theirs hours={hours} theirs={hours.theirs} />}
      {check.data && <OutsideHours affected={check.data.affected} isSaved={!isDirty} zone={draft.timeZone} />}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isDirty && isReadable) save.mutate({ config, tag: hours.base.tag })
        }}
      >
        <Week draft={draft} set={hours.set} mistakes={mistakes} />
        <Dates draft={draft} set={hours.set} mistakes={mistakes} affected={check.data?.affected ?? []} />
        <Rules draft={draft} set={hours.set} mistakes={mistakes} />
        <SaveBar
          changes={hours.changes}
          isBlocked={Object.keys(mistakes).length > 0 || hours.theirs !== null}
          isSaving={save.isPending}
          error={
            save.error && !(save.error instanceof Problem && save.error.code === 'stale_revision') ? save.error : null
          }
          discard={() => hours.take(stored)}
        />
      </form>
      <Preview
        id={id}
        check={check.data}
        isAsking={check.isFetching}
        error={check.error && Object.keys(refused).length === 0 ? check.error : null}
        again={check.refetch}
        isSaved={!isDirty}
        isReadable={Object.keys(mistakes).length === 0}
        look={look}
      />
    </>
  )
}

/** In which zone and week one looks; both are in the address. */
function useLook(own: string) {
  const { zone = own, week, at } = route.useSearch()
  const now = useNow()
  const today = dateOf(now ?? new Date(0).toISOString(), zone)
  const monday = mondayOf(week ?? today)
  return {
    zone,
    monday,
    at,
    range: { from: startOfDay(monday, zone), to: startOfDay(addDays(monday, 7), zone) },
  }
}
export type Look = ReturnType<typeof useLook>

/** The latest value once it has stood still for a moment: nobody is asked at every key. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

function useSave(id: string, hours: ReturnType<typeof useDraft>) {
  const write = (next: Stored) => saveHours(id, next.config, next.tag)
  const done = (next: Stored) => {
    queries.setQueryData(hoursKey(id), next)
    hours.take(next)
    void queries.invalidateQueries({ queryKey: ['mentor', id] })
  }
  return useMutation({
    mutationFn: write,
    onSuccess: (saved) => {
      const before = hours.base.config
      done(saved)
      const undo = () => {
        notifications.hide('hours')
        void write({ config: before, tag: saved.tag }).then(done, ({ message }) =>
          notifications.show({ color: 'red', title: 'Not undone', message }),
        )
      }
      notifications.show({
        id: 'hours',
        title: 'Saved',
        message: (
          <button type="button" className="quiet" onClick={undo}>
            Undo
          </button>
        ),
        autoClose: 10_000,
        withCloseButton: true,
      })
    },
    // Somebody else was first: what they saved is read, and shown beside what is typed.
    onError: (error) => {
      if (error instanceof Problem && error.code === 'stale_revision')
        void queries.invalidateQueries({ queryKey: hoursKey(id) })
    },
  })
}
