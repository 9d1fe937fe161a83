import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ZoneSelect } from '../mentor/ZoneSelect.tsx'
import { queries } from '../queries.ts'
import { city } from '../times.ts'
import { changeOwn, type Steps } from './steps.ts'

/** In which zone everything is shown; hours have a clock of their own, and it is said when the two differ. */
export function Zone({ id, steps: { zone }, isOwn }: { id: string; steps: Steps; isOwn: boolean }) {
  const [chosen, setChosen] = useState(zone.timeZone)
  const save = useMutation({
    mutationFn: () => changeOwn(id, { timeZone: chosen }),
    onSuccess: () => queries.invalidateQueries(),
  })
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <>
      <p>
        Times are shown, and messages written, on the clock of <strong>{city(zone.timeZone)}</strong>.
        {zone.hoursZone &&
          zone.hoursZone !== zone.timeZone &&
          ` Your hours are on the clock of ${city(zone.hoursZone)}.`}
        {isOwn && here !== zone.timeZone && ` This device is on ${city(here)} time.`}
      </p>
      {isOwn && (
        <form
          className="form-line"
          onSubmit={(event) => {
            event.preventDefault()
            save.mutate()
          }}
        >
          <ZoneSelect label="Time zone" value={chosen} onChange={setChosen} error={save.error?.message} />
          <Button type="submit" disabled={chosen === zone.timeZone} loading={save.isPending}>
            Save
          </Button>
        </form>
      )}
    </>
  )
}
