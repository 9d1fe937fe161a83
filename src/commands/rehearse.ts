import { invalid, Refusal } from '../errors.ts'
import { readArguments } from './arguments.ts'
import type { Tools } from './commands.ts'

/** `punctual rehearse <folder> [--json]`: 0 when all that is expected came true, 1 when not, 2 when the folder cannot be played. */
export async function rehearse(args: string[], tools: Tools): Promise<number> {
  const { values, positionals } = readArguments(args, 1, { json: { type: 'boolean', default: false } })
  try {
    const folder = positionals[0]
    if (!folder) throw invalid({ field: 'folder', rule: 'say where the scenario is: punctual rehearse <folder>' })
    const { ok, text, json } = await tools.rehearse(folder)
    // A pipe may take it slowly: the exit must not cut it off.
    await new Promise<void>((written) =>
      process.stdout.write(`${values.json ? JSON.stringify(json) : text}\n`, () => written()),
    )
    return ok ? 0 : 1
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const errors = (error.details.errors as { field: string; rule: string }[] | undefined) ?? []
    console.error(errors.map(({ field, rule }) => `${field}: ${rule}`).join('\n') || error.message)
    return 2
  }
}
