import { dayText, emailText, words } from '../fields.ts'
import { type LineError, readSheet } from './csv.ts'
import { cells } from './people-lines.ts'

export const MENTORSHIPS = 'mentorships.csv'
const COLUMNS = {
  required: ['programme', 'mentor_email', 'mentee_email'],
  optional: ['sessions', 'starts_on', 'ends_on'],
}

export type MentorshipLine = {
  line: number
  programme: string
  mentor: string
  mentee: string
  /** The budget; null = the programme's default, or as it was. */
  sessions: number | null
  startsOn: string | null
  endsOn: string | null
}

/** mentorships.csv line by line. Whether two lines are one pair is seen once the people behind the addresses are known. */
export function mentorshipLines(text: string): { mentorships: MentorshipLine[]; errors: LineError[] } {
  const { lines, errors } = readSheet(MENTORSHIPS, text, COLUMNS)
  const mentorships = lines.map((line) => {
    const cell = cells(line, errors)
    const pair = {
      line: line.line,
      programme: cell.required('programme', words(200)),
      mentor: cell.required('mentor_email', emailText),
      mentee: cell.required('mentee_email', emailText),
      sessions: cell.number('sessions', 0, 1000),
      startsOn: cell.optional('starts_on', dayText),
      endsOn: cell.optional('ends_on', dayText),
    }
    if (pair.mentor && pair.mentor === pair.mentee) cell.wrong('mentee_email', 'must be another person than the mentor')
    if (pair.startsOn && pair.endsOn && pair.endsOn < pair.startsOn)
      cell.wrong('ends_on', 'must not be before starts_on')
    return pair
  })
  return { mentorships, errors }
}
