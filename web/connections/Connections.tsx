import { Failed, Waiting } from '../shell/Waiting.tsx'
import { Calendars } from './Calendars.tsx'
import { Examination } from './Examination.tsx'
import { Hosts } from './Hosts.tsx'
import { useConnections } from './query.ts'
import { Vendors } from './Vendors.tsx'
import { Work } from './Work.tsx'
import './connections.css'

/** What the installation hangs on, in words: vendors, Zoom hosts against the peak, calendars, periodic work. */
export function Connections() {
  const asked = useConnections()
  if (!asked.data) return asked.error ? <Failed error={asked.error} again={asked.refetch} /> : <Waiting />
  const { vendors, pool, hosts, calendars, work, now } = asked.data
  return (
    <>
      {asked.error && <Failed error={asked.error} again={asked.refetch} />}
      <div className="head">
        <h1>Hosts and connections</h1>
      </div>
      <h2 className="group-title">Vendors</h2>
      <Vendors vendors={vendors} now={now} />
      <Hosts pool={pool} hosts={hosts} now={now} />
      <Calendars calendars={calendars} now={now} />
      <Work work={work} now={now} />
      <Examination />
    </>
  )
}
