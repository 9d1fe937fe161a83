import { CsvError, parse } from 'csv-parse/sync'
import { type FieldError, invalid } from '../../errors.ts'

/** One thing that is wrong, as people read it: `people.csv:17 phone: must be ...`. No column = the whole line or file. */
export type LineError = { file: string; line?: number; column?: string; rule: string }
export type Line = { file: string; line: number; values: Record<string, string> }
export type Sheet = { lines: Line[]; errors: LineError[] }

export const MOST_BYTES = 5 * 1024 * 1024
export const MOST_LINES = 20_000

/** What a bad line looks like in the problem document: `field` and `rule` together are the sentence. */
export const where = ({ file, line, column }: LineError): string =>
  [line ? `${file}:${line}` : file, column].filter(Boolean).join(' ')

/** "one mistake", "15 mistakes in 5 lines": a line may have several. */
export function counted(mistakes: readonly Pick<FieldError, 'field'>[]): string {
  if (mistakes.length === 1) return 'one mistake'
  const lines = new Set(mistakes.flatMap(({ field }) => /^\S+:\d+/.exec(field) ?? []))
  const among = lines.size === 0 ? '' : ` in ${lines.size === 1 ? 'one line' : `${lines.size} lines`}`
  return `${mistakes.length} mistakes${among}`
}

/**
 * The lines of a CSV (RFC 4180, with or without BOM, CRLF or LF) under the columns we know, trimmed, with the number of the
 * line each begins on. Columns not in `required` may be left out; unknown ones are refused: they may be misspelt.
 */
export function readSheet(file: string, text: string, columns: { required: string[]; optional: string[] }): Sheet {
  const failed = (rule: string, line?: number): Sheet => ({
    lines: [],
    errors: [{ file, ...(line ? { line } : {}), rule }],
  })
  if (Buffer.byteLength(text) > MOST_BYTES) return failed('must have at most 5 MB')
  if (text.includes('\0')) return failed('must not contain a NUL character')
  if (isWithSemicolons(text, columns)) return failed('must have commas between its values, not semicolons', 1)
  const records = parseRecords(text)
  if (records instanceof CsvError)
    return failed(`must be CSV with commas and double quotes (${records.code})`, Number(records.lines) || 1)
  const [header, ...rest] = records
  if (!header) return failed(`must begin with the columns ${columns.required.join(',')}`, 1)
  const names = header.record.map((name) => name.toLowerCase())
  const wrong = wrongColumns(names, columns)
  if (wrong) return failed(wrong, 1)
  if (rest.length > MOST_LINES) return failed(`must have at most ${MOST_LINES} lines`)

  const sheet: Sheet = { lines: [], errors: [] }
  for (const { record, line } of rest) {
    if (record.length !== names.length) {
      sheet.errors.push({ file, line, rule: `must have ${names.length} values, not ${record.length}` })
    } else {
      sheet.lines.push({
        file,
        line,
        values: Object.fromEntries(names.map((name, index) => [name, record[index] ?? ''])),
      })
    }
  }
  return sheet
}

/** Bytes as text; spreadsheets also save Latin-1, which would turn names into rubbish without a word. */
export function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid({ field: file, rule: 'must be UTF-8 text' })
  }
}

/** What spreadsheets save where numbers are written with commas: the right columns, and yet nothing that we can read. */
function isWithSemicolons(text: string, columns: Parameters<typeof wrongColumns>[1]): boolean {
  const [header = ''] = text.split('\n', 1)
  const names = header.split(';').map((name) =>
    name
      .replaceAll(/["\uFEFF]/g, '')
      .trim()
      .toLowerCase(),
  )
  return names.length > 1 && !header.includes(',') && wrongColumns(names, columns) === null
}

type Parsed = { record: string[]; line: number }

function parseRecords(text: string): Parsed[] | CsvError {
  // With CRLF the parser counts a line break inside quotes twice.
  const lines = text.replaceAll('\r\n', '\n')
  try {
    const parsed = parse(lines, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    return parsed.map(({ record, info }) => ({ record, line: info.lines - breaksIn(record) }))
  } catch (error) {
    if (error instanceof CsvError) return error
    throw error
  }
}

// The parser tells the line a record ends on.
const breaksIn = (record: string[]): number => record.reduce((count, value) => count + value.split('\n').length - 1, 0)

function wrongColumns(
  names: string[],
  { required, optional }: { required: string[]; optional: string[] },
): string | null {
  const missing = required.filter((name) => !names.includes(name))
  if (missing.length > 0) return `must have the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}`
  const unknown = names.filter((name) => !required.includes(name) && !optional.includes(name))
  if (unknown.length > 0) return `has an unknown column ${unknown.map((name) => `"${name}"`).join(', ')}`
  return new Set(names).size < names.length ? 'must name each column once' : null
}
