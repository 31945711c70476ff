import { type Definition, isCommand } from '../sagas/engine/definition.ts'
import { commandsOf, inboxOf } from './names.ts'

/**
 * How often what a saga does for one subject passes each queue when all goes well: its start and every reply the saga's
 * inbox, every command its owner's queue, the end with its command included. Steps that are left out under a condition and
 * what called sagas do on their own are not counted.
 *
 * @example
 * pathOf(fulfilOrder) // { 'saga-fulfil-order': 6, 'inventory-commands': 1, 'payments-commands': 2, … }
 */
export const pathOf = ({ name, steps, ends }: Definition): Readonly<Record<string, number>> => {
  const owners = [
    ...steps.flatMap((step) => (isCommand(step) && !step.calls ? [step.done.owner] : [])),
    ends.done.recorded.owner,
  ]
  const path: Record<string, number> = { [inboxOf(name)]: 1 + owners.length }
  for (const owner of owners) path[commandsOf(owner)] = (path[commandsOf(owner)] ?? 0) + 1
  return path
}
