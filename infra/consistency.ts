import type { App } from 'aws-cdk-lib'
import type { AnyContract } from '../events/contract.ts'
import { contracts } from '../events/index.ts'
import { CommandQueue } from './constructs/command-queue.ts'
import { EventSubscription } from './constructs/event-subscription.ts'
import { EvidenceFunction } from './constructs/evidence-function.ts'
import { ReliableQueue } from './constructs/reliable-queue.ts'
import { allOf } from './constructs/tree.ts'
import { commandsOf } from './names.ts'
import { SagaInbox, WakeupQueue } from './stacks/sagas.ts'
import type { Stage } from './stages.ts'

/** What the stacks do with messages, as far as the rules below ask. */
export type Wiring = {
  /** Contracts that some queue subscribes to. */
  readonly subscribed: readonly AnyContract[]
  /** Contracts that some queue takes and a function consumes. */
  readonly handled: readonly AnyContract[]
}

/** What the desk says to itself is believed for a lease only: lost, it is found out when that is over, and no proof is needed. */
const leased = commandsOf('recovery')
/** Changes of alarms come from CloudWatch, which no ledger of ours asks; the next change tells what a lost one did not. */
const fromOutside = commandsOf('support')

/** Messages that would go nowhere, in words; empty when every contract has somebody who listens. */
export const looseEnds = (known: readonly AnyContract[], { subscribed, handled }: Wiring): string[] =>
  known.flatMap((contract) => {
    const { kind, type, owner } = contract
    if (kind === 'event' && !contract.public && !subscribed.includes(contract))
      return [`nobody consumes the event ${type}: subscribe a queue to it in infra/stacks, or mark the contract public`]
    if (kind === 'command' && !handled.includes(contract))
      return [`nobody can handle the command ${type}: give ${owner} a command queue with a consumer in infra/stacks`]
    return []
  })

/**
 * Whether every message goes somewhere; that times hold together is for `physics/` to say.
 *
 * @throws Error that lists every message that would go nowhere, or of which nobody could prove what became of it.
 */
export const assertConsistency = (app: App, stage: Stage) => {
  const consumed = [...allOf(app, CommandQueue), ...allOf(app, SagaInbox), ...allOf(app, WakeupQueue)].filter(
    ({ consumers }) => consumers.length > 0,
  )
  const loose = looseEnds(contracts, {
    subscribed: allOf(app, EventSubscription).flatMap(({ contracts }) => contracts),
    handled: consumed.flatMap(({ contracts }) => contracts),
  })
  const witnessed = allOf(app, EvidenceFunction).flatMap(({ answersFor }) => answersFor)
  const unproven = allOf(app, ReliableQueue)
    .filter(({ thing }) => !witnessed.includes(thing) && thing !== leased && thing !== fromOutside)
    .map(({ thing }) => `nobody can prove what became of a message in ${thing}: name it in an EvidenceFunction`)
  const problems = [...loose, ...unproven]
  if (problems.length > 0) throw new Error(`Stage '${stage.name}' does not hold together:\n- ${problems.join('\n- ')}`)
}
