import { useMutation } from '@tanstack/react-query'
import { queries } from '../queries.ts'

/** Does something on the server; then everything shown is asked again. `after` hears what came of it. */
export function useAct<Input, Output>(work: (input: Input) => Promise<Output>, after?: (output: Output) => void) {
  return useMutation({
    mutationFn: work,
    onSuccess: (output) => {
      after?.(output)
      // Not awaited: what was done is done, however long the lists take.
      void queries.invalidateQueries()
    },
  })
}
