import type { Construct } from 'constructs'
import { seconds } from '../../reactive/time.ts'
import { allow, ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import type { Use } from './use.ts'

type Options = {
  /** The queues, without the stage, of whose messages the context's records say what became of them. */
  readonly answersFor: readonly string[]
  /** Whether flows begin here: messages that no other message has caused. */
  readonly begins?: true
  /** Reading only. */
  readonly uses: readonly Use[]
}

/**
 * What a context shows of its records to the conservation ledger and the desk, so that nobody else reads its tables. It is invoked and
 * waited for; no message travels to it.
 *
 * @example
 * new EvidenceFunction(this, 'payments-evidence', { answersFor: ['payments-commands'], uses: [table.use('read')] })
 */
export class EvidenceFunction extends ServiceFunction {
  readonly answersFor: readonly string[]
  readonly begins: boolean

  constructor(scope: Construct, handler: string, { answersFor, begins, uses }: Options) {
    super(scope, handler, { timeout: seconds(20), memory: 512, uses })
    this.answersFor = answersFor
    this.begins = begins ?? false
  }
}

/** Lets a function ask every evidence of the stage, by name: they are in other stacks. */
export const askingEvidence = (scope: Construct, all: readonly EvidenceFunction[]): Use => {
  const stack = stackOf(scope)
  const { names } = stack.site
  return {
    environment: {
      NAME_PREFIX: names.queue(''),
      WITNESSES: stack.toJsonString(
        Object.fromEntries(
          all.flatMap(({ handler, answersFor }) => answersFor.map((queue) => [queue, stack.callable(handler)])),
        ),
      ),
    },
    statements: [
      allow(
        ['lambda:InvokeFunction'],
        all.map(({ handler }) => stack.functionArn(handler)),
      ),
    ],
  }
}
