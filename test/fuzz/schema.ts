import { type Dice, pick } from './values.ts'

/** As much of JSON Schema as our own OpenAPI document uses. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  format?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  example?: unknown
  default?: unknown
}

/** Something of the shape that the document promises to take; whether the rules behind it agree is another matter. */
export function instance(schema: Schema, all: Record<string, Schema>, dice: Dice, ids: readonly string[]): unknown {
  if (schema.$ref) return instance(all[schema.$ref.split('/').at(-1) as string] ?? {}, all, dice, ids)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return pick(dice, schema.enum)
  const choice = schema.anyOf ?? schema.oneOf
  if (choice) return instance(pick(dice, choice), all, dice, ids)
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => instance(one, all, dice, ids)))
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name) || dice() < 0.4)
          .map(([name, one]) => [name, instance(one, all, dice, ids)]),
      )
    case 'array': {
      const least = schema.minItems ?? 0
      const size = least + Math.floor(dice() * (Math.min(schema.maxItems ?? 3, least + 3) - least + 1))
      return Array.from({ length: size }, () => instance(schema.items ?? {}, all, dice, ids))
    }
    case 'integer':
    case 'number': {
      const [low, high] = [schema.minimum ?? 0, Math.min(schema.maximum ?? 500, 1e6)]
      return pick(dice, [low, high, Math.floor(low + dice() * (high - low))])
    }
    case 'boolean':
      return dice() < 0.5
    case 'null':
      return null
    default:
      return sentence(schema, dice, ids)
  }
}

function sentence(schema: Schema, dice: Dice, ids: readonly string[]): string {
  if (schema.format === 'uuid') return pick(dice, ids)
  if (schema.format === 'date-time')
    return Temporal.Instant.from('2026-03-10T00:00:00Z')
      .add({ minutes: 30 * Math.floor(dice() * 800) })
      .toString()
  if (schema.format === 'date') return '2026-03-20'
  if (schema.format === 'email') return `f${Math.floor(dice() * 1e6)}@example.org`
  if (typeof schema.example === 'string' && dice() < 0.7) return schema.example
  return 'x'.repeat(Math.max(schema.minLength ?? 1, Math.min(schema.maxLength ?? 20, Math.floor(dice() * 30))))
}
