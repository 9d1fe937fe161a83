import { useZone } from '../me.ts'
import { near, span } from '../times.ts'
import { type ConnectionsAnswer, useConnections } from './query.ts'

type Vendor = ConnectionsAnswer['vendors'][number]

export const NAMES: Record<Vendor['name'], string> = {
  whatsapp: 'WhatsApp',
  email: 'Mail',
  zoom: 'Zoom',
  google: 'Google',
  slack: 'Slack',
}

/** A line for each channel: what somebody who sees failures asks first. */
export function Channels({ only }: { only: readonly string[] }) {
  const { data } = useConnections()
  if (!data) return null
  return (
    <p className="facts channels">
      {data.vendors
        .filter(({ name }) => only.includes(name))
        .map(({ name, tone, words, waiting }) => (
          <span key={name}>
            {NAMES[name]} <span className={`state is-${tone}`}>{words}</span>
            {waiting > 0 && <span className="soft"> {waiting} waiting</span>}
          </span>
        ))}
    </p>
  )
}

/** Every vendor: how it is, when it last answered well, what was wrong, when it last told us something. */
export function Vendors({ vendors, now }: { vendors: Vendor[]; now: string }) {
  const zone = useZone()
  return (
    <div className="scroll">
      <table className="rows blocks">
        <thead>
          <tr>
            <th scope="col">Vendor</th>
            <th scope="col">How it is</th>
            <th scope="col">Last answer</th>
            <th scope="col">Last trouble</th>
            <th scope="col">Waiting for it</th>
            <th scope="col">Last told us something</th>
          </tr>
        </thead>
        <tbody>
          {vendors.map((vendor) => (
            <tr key={vendor.name}>
              <th scope="row">{NAMES[vendor.name]}</th>
              <td>
                <span className={`state is-${vendor.tone}`}>{vendor.words}</span>
              </td>
              <td data-label="Last answer">{vendor.goodAt ? near(vendor.goodAt, now, zone) : '–'}</td>
              <td data-label="Last trouble">
                {vendor.badAt ? (
                  <>
                    {near(vendor.badAt, now, zone)} <span className="soft">{vendor.cause}</span>
                  </>
                ) : (
                  '–'
                )}
              </td>
              <td data-label="Waiting">
                {vendor.waiting === 0 ? (
                  'nothing'
                ) : (
                  <>
                    {vendor.waiting} {vendor.oldest && <span className="soft">for {span(vendor.oldest, now)}</span>}
                  </>
                )}
              </td>
              <td data-label="Told us">
                {!vendor.listens ? (
                  <span className="soft">sends no events</span>
                ) : vendor.heardAt ? (
                  <>
                    {near(vendor.heardAt, now, zone)}{' '}
                    {vendor.withoutEffect > 0 && (
                      <span className="soft">{vendor.withoutEffect} without effect in 24 h</span>
                    )}
                  </>
                ) : (
                  'never'
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
