import { html } from 'hono/html'
import type { Markup } from './page.ts'

/** Enough to choose from by typing a city; any other IANA zone may be typed in full. */
const COMMON = [
  'UTC',
  ...[
    'Kolkata',
    'Dubai',
    'Karachi',
    'Dhaka',
    'Kathmandu',
    'Colombo',
    'Singapore',
    'Jakarta',
    'Manila',
    'Hong_Kong',
  ].map((c) => `Asia/${c}`),
  ...['Shanghai', 'Tokyo', 'Seoul', 'Tehran', 'Riyadh', 'Jerusalem', 'Tashkent', 'Almaty', 'Bangkok'].map(
    (c) => `Asia/${c}`,
  ),
  ...[
    'London',
    'Dublin',
    'Lisbon',
    'Madrid',
    'Paris',
    'Berlin',
    'Amsterdam',
    'Stockholm',
    'Warsaw',
    'Athens',
    'Istanbul',
    'Moscow',
    'Kyiv',
  ].map((c) => `Europe/${c}`),
  ...['Lagos', 'Nairobi', 'Cairo', 'Johannesburg', 'Accra'].map((c) => `Africa/${c}`),
  ...[
    'New_York',
    'Chicago',
    'Denver',
    'Los_Angeles',
    'Phoenix',
    'Toronto',
    'Vancouver',
    'Mexico_City',
    'Bogota',
    'Lima',
    'Santiago',
    'Sao_Paulo',
  ].map((c) => `America/${c}`),
  'America/Argentina/Buenos_Aires',
  'Australia/Perth',
  'Australia/Adelaide',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Pacific/Honolulu',
]

/** One field for a zone. `words` is its label; where none is known yet, the optional script suggests the browser's own. */
export const zoneField = (words: string, value: string, attributes: Markup | '' = ''): Markup =>
  html`<label class="field"><span>${words}</span><input name="timeZone" value="${value}" list="zones" required maxlength="64" autocomplete="off" spellcheck="false"${attributes}></label><datalist id="zones">${COMMON.map((zone) => html`<option value="${zone}">`)}</datalist>`
