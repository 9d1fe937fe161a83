export type Figure = { ours: number; limit: number; unit: string; goal: string; met: (ratio: number) => boolean }

/** One line a figure: ours, the limit measured (or asked) in the same run, their ratio, and whether the goal is met. */
export function report(name: string, { ours, limit, unit, goal, met }: Figure): void {
  const ratio = ours / limit
  const verdict = met(ratio) ? 'met' : 'MISSED'
  console.log(
    `${name.padEnd(44)} ours ${shown(ours)} ${unit}, limit ${shown(limit)} ${unit}, ratio ${ratio.toFixed(2)} (goal ${goal}): ${verdict}`,
  )
  if (!met(ratio)) process.exitCode = 1
}

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toPrecision(2)
