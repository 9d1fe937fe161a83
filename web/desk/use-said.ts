import { useAct } from '../act.tsx'

/** An act that cannot be taken back: what is said once it is done, what does it, and what then becomes of the sheet. */
export const useSaid = <Input, Output>(
  said: string,
  act: (input: Input) => Promise<Output>,
  after?: (output: Output) => void,
) => useAct({ act, said: () => said, ...(after ? { after } : {}) })
