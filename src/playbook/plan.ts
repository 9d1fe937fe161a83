import type { Message, SessionFacts } from './facts.ts'

/** Every message this session calls for, given these facts: decided ones too, as long as they are still right. */
export function plan(_facts: SessionFacts): Message[] {
  return []
}

/** What will be sent if nothing else happens: planned and not yet decided, in order of time. */
export function upcoming(facts: SessionFacts): Message[] {
  return plan(facts)
}
