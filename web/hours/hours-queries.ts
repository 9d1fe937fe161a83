import type { CalendarConfig } from '../../src/booking/availability.ts'
import { answer, api } from '../api.ts'

const mentor = api.api.v1.mentors[':id']

/** The hours as they are stored, and their version: what a change must name, so that nobody's is lost. */
export async function readHours(id: string): Promise<{ config: CalendarConfig; tag: string }> {
  const asked = mentor['calendar-config'].$get({ param: { id } })
  const config = await answer(asked)
  return { config: config as unknown as CalendarConfig, tag: (await asked).headers.get('etag') ?? '' }
}

export async function saveHours(id: string, config: CalendarConfig, tag: string) {
  const asked = mentor['calendar-config'].$put({ param: { id }, header: { 'if-match': tag }, json: config })
  const { affected } = await answer(asked)
  return { config, tag: (await asked).headers.get('etag') ?? '', affected }
}

/** What these hours would do, saved or not. */
export const checkHours = (id: string, config: CalendarConfig, range: { from: string; to: string }) =>
  answer(mentor['calendar-config'].check.$post({ param: { id }, query: range, json: config }))

export type HoursCheck = Awaited<ReturnType<typeof checkHours>>
export type Affected = HoursCheck['affected'][number]

export const hoursKey = (id: string) => ['hours', id] as const
