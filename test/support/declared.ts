// biome-ignore lint/suspicious/noExplicitAny: a JSON schema and a JSON value, looked at as they come
type Json = any

/** Whose answer it is: what is only for ops must not be in it for anybody else. Null: any view will do. */
export type Asker = { ops: boolean; personId: string | null } | null

// Shapes that show more than the people concerned may see. A person may see all of themselves.
const FOR_OPS = new Set([
  'Person',
  'Session',
  'Timeline',
  'Conflicts',
  'Delivery',
  'Merge',
  'UndoneMerge',
  'Playbook',
  'Token',
  'ProgrammeOps',
  'ListedPerson',
  'PersonDesk',
  'ListedProgramme',
  'ListedPair',
  'MessageTable',
  'NamedOps',
  'PlanDifference',
  'Numbers',
  'Today',
])

/**
 * What an answer has that the OpenAPI document does not declare, or lacks that it promises; empty when the document is true
 * of it. An object that does not say it is closed counts as a fault too: anything could be in it.
 */
export function faultsOf(
  document: Json,
  asked: { method: string; path: string; status: number },
  body: Json,
  asker: Asker,
): string[] {
  const path = new URL(asked.path, 'http://here').pathname
  const method = asked.method.toLowerCase()
  const templates = Object.keys(document.paths).filter(
    (one) => document.paths[one][method] && new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  // A name in the path goes before a parameter: /sessions/merge is no session.
  const template = templates.toSorted((a, b) => a.split('{').length - b.split('{').length)[0]
  const answer = template && document.paths[template][method].responses[asked.status]
  const schema = answer?.content?.['application/json']?.schema
  if (!schema) return [`${asked.method} ${path}: ${asked.status} is not declared`]
  return check(document, schema, body, 'body', asker)
}

function check(document: Json, schema: Json, value: Json, at: string, asker: Asker): string[] {
  if (schema.$ref) return named(document, schema.$ref.split('/').at(-1), value, at, asker)
  const options = schema.anyOf ?? schema.oneOf
  if (options) {
    const faults: string[][] = options.map((option: Json) => check(document, option, value, at, asker))
    // Of several that do not fit, the one that says most: what is wrong in the asker's own view.
    const isBarred = (found: string[]) => Number(found.some((fault) => fault.endsWith('is for ops')))
    return faults.toSorted((a, b) => isBarred(a) * 1000 + a.length - (isBarred(b) * 1000 + b.length))[0] ?? []
  }
  if (schema.allOf) return schema.allOf.flatMap((part: Json) => check(document, part, value, at, asker))
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`]
  if ('const' in schema && schema.const !== value) return [`${at}: is not ${schema.const}`]
  const types: string[] = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length === 0) return []
  if (!types.some((type) => isOf(type, value))) return [`${at}: is no ${types}`]
  if (Array.isArray(value))
    return value.flatMap((item, i) => check(document, schema.items ?? {}, item, `${at}[${i}]`, asker))
  return value !== null && typeof value === 'object' ? members(document, schema, value, at, asker) : []
}

function named(document: Json, name: string, value: Json, at: string, asker: Asker): string[] {
  const isOwn = name === 'Person' && value?.id === asker?.personId
  if (asker && !asker.ops && FOR_OPS.has(name) && !isOwn) return [`${at}: ${name} is for ops`]
  return check(document, document.components.schemas[name], value, at, asker)
}

function members(
  document: Json,
  { properties = {}, required = [], additionalProperties }: Json,
  value: Json,
  at: string,
  asker: Asker,
): string[] {
  const missing = required.filter((key: string) => !(key in value)).map((key: string) => `${at}.${key}: is missing`)
  const faults = Object.entries(value).flatMap(([key, inner]) => {
    if (Object.hasOwn(properties, key)) return check(document, properties[key], inner, `${at}.${key}`, asker)
    if (additionalProperties === undefined || additionalProperties === true) return [`${at}: is not closed (${key})`]
    if (additionalProperties === false) return [`${at}.${key}: is not declared`]
    return check(document, additionalProperties, inner, `${at}.${key}`, asker)
  })
  return [...missing, ...faults]
}

function isOf(type: string, value: Json): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return value !== null && typeof value === 'object' && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
