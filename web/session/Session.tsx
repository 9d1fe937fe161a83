import './session.css'
import { Button } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { ButtonLink } from '../links.tsx'
import { useMe, useZone } from '../me.ts'
import { Failed, Waiting } from '../shell/Waiting.tsx'
import { ACTS } from '../words.ts'
import { type Desk, useDesk } from './desk.ts'
import { Head } from './Head.tsx'
import { Lanes } from './Lanes.tsx'
import { SessionSheet } from './sheets/SessionSheet.tsx'

const route = getRouteApi('/sessions/$id')

/** Everything that happened to a session, and everything that will if nothing else happens; what can be done, in a sheet. */
export function Session() {
  const { id } = route.useParams()
  const { act } = route.useSearch()
  const zone = useZone()
  const { data, error, refetch } = useDesk(id)
  if (!data) return error ? <Failed error={error} again={refetch} /> : <Waiting />
  return (
    <>
      {error && <Failed error={error} again={refetch} />}
      <Head desk={data} zone={zone} />
      <Actions desk={data} />
      <Lanes desk={data} zone={zone} />
      {act && <SessionSheet act={act} desk={data} zone={zone} />}
    </>
  )
}

const SHOWN = ['move', 'cancel', 'room', 'verdict', 'undo_merge'] as const

function Actions({ desk: { session, acts } }: { desk: Desk }) {
  const isSandbox = useMe().mode === 'sandbox'
  const { id } = session
  return (
    <p className="acts" data-row>
      {SHOWN.filter((act) => acts.includes(act)).map((act) => (
        <ButtonLink key={act} to="/sessions/$id" params={{ id }} search={{ act }}>
          {ACTS[act]}
        </ButtonLink>
      ))}
      {acts.includes('merge') && (
        <Button component="a" href={`/app/merge?sessions=${id}`}>
          Merge
        </Button>
      )}
      {isSandbox && (
        <Button component="a" href={`/app/sandbox?session=${id}`}>
          Open both phones and the room
        </Button>
      )}
    </p>
  )
}
