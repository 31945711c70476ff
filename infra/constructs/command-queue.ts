import type { Construct } from 'constructs'
import type { AnyContract } from '../../events/contract.ts'
import { contractsOf } from '../../events/index.ts'
import { commandsOf } from '../names.ts'
import { ReliableQueue } from './reliable-queue.ts'

/**
 * The queue on which a context takes its commands. It exists because the context owns command contracts.
 *
 * @throws Error at synth when it owns none.
 */
export class CommandQueue extends ReliableQueue {
  readonly contracts: readonly AnyContract[]

  constructor(scope: Construct, context: string) {
    super(scope, commandsOf(context))
    this.contracts = contractsOf(context, 'command')
    if (this.contracts.length === 0)
      throw new Error(
        `${context} has a command queue but no command: define one in events/${context}.ts or drop the queue`,
      )
  }
}
