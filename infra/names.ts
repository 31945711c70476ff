/**
 * The physical names of one stage. What other stacks address has a fixed name, so that stacks know each other by name,
 * never by export, and neither a cycle nor a locked export can arise. Tables are reached only from their own stack and
 * keep the names that CloudFormation makes.
 *
 * @example
 * namesOf('dev').queue('payments-commands') // 'neverstop-dev-payments-commands'
 */
export const namesOf = (stage: string) => {
  const named = (thing: string) => `neverstop-${stage}-${thing}`
  return {
    bus: `neverstop-${stage}`,
    stack: named,
    function: named,
    queue: named,
    topic: named,
    alarm: named,
    rule: named,
  }
}

export type Names = ReturnType<typeof namesOf>

/** The alias by which a function is called where new code takes over step by step. */
export const liveAlias = 'live'

/** The queue, without its stage, on which a context takes commands. */
export const commandsOf = (context: string) => `${context}-commands`
/** The queue, without its stage, on which a context hears events. */
export const eventsOf = (context: string) => `${context}-events`
/** The inbox, without its stage, of a saga definition. */
export const inboxOf = (definition: string) => `saga-${definition}`
export const wakeups = 'saga-wakeups'
/** The dead-letter queue of a queue, a stream handler or a scheduled function. */
export const deadOf = (thing: string) => `${thing}-dead`

/** The output of the backbone that names where pages go. */
export const alarmEmailOutput = 'AlarmEmail'

/** The key under which a stack outputs something: `payments-commands` + `QueueUrl` → `PaymentsCommandsQueueUrl`. */
export const outputKey = (thing: string, suffix = '') =>
  thing
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('') + suffix
