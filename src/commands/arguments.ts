import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { Refusal } from '../errors.ts'

/** A command's options, and at most `most` words beside them. What it does not know is refused by name: it may be misspelt. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  args: string[],
  most: number,
  options: Options,
) {
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true })
  const option = tokens.find((one) => one.kind === 'option' && !Object.hasOwn(options, one.name))
  if (option?.kind === 'option') throw unknown(`has no option "${option.rawName}"`)
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (positionals.length > most) throw unknown(`does not know what to do with "${positionals[most]}"`)
  return { values, positionals }
}

const unknown = (what: string): Refusal =>
  new Refusal('invalid', `This command ${what}. With --help it says what it takes.`)
