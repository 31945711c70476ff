import type { App } from 'aws-cdk-lib'
import type { AnyContract } from '../events/contract.ts'
import { contracts } from '../events/index.ts'
import { brokenRules } from '../reactive/timing.ts'
import { definitions } from '../sagas/index.ts'
import { CommandQueue } from './constructs/command-queue.ts'
import { EventSubscription } from './constructs/event-subscription.ts'
import { allOf } from './constructs/tree.ts'
import { longestPath } from './sagas.ts'
import { WakeupQueue } from './stacks/sagas.ts'
import type { Stage } from './stages.ts'

/** What the stacks do with messages, as far as the rules below ask. */
export type Wiring = {
  /** Contracts that some queue subscribes to. */
  readonly subscribed: readonly AnyContract[]
  /** Contracts that some queue takes and a function consumes. */
  readonly handled: readonly AnyContract[]
}

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
 * The last look before anything is synthesized.
 *
 * @throws Error that lists every rule which the stage's timing or the platform's contracts break.
 */
export const assertConsistency = (app: App, stage: Stage) => {
  const broken = brokenRules(stage.timing, Math.max(...definitions.map(longestPath))).map(
    (rule) => `the timing '${stage.timingName}' breaks a rule: ${rule}`,
  )
  const consumed = [...allOf(app, CommandQueue), ...allOf(app, WakeupQueue)].filter(
    ({ consumers }) => consumers.length > 0,
  )
  const loose = looseEnds(contracts, {
    subscribed: allOf(app, EventSubscription).flatMap(({ contracts }) => contracts),
    handled: consumed.flatMap(({ contracts }) => contracts),
  })
  const problems = [...broken, ...loose]
  if (problems.length > 0) throw new Error(`Stage '${stage.name}' does not hold together:\n- ${problems.join('\n- ')}`)
}
