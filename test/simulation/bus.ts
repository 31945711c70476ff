import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { patternFor } from '../../events/index.ts'
import type { Queue } from './queue.ts'
import type { Process, World } from './world.ts'

/**
 * EventBridge within its promises: every event into every queue whose rule matches its type, after a while and in no
 * order; single entries may be refused. The part of the client that production code uses is answered here.
 */
export const eventBus = (world: World, put: (queue: Queue, body: string) => void) => {
  const rules: { readonly queue: Queue; readonly types: readonly string[] }[] = []
  const accepted = new Set<string>()

  const accept = (message: Message) => {
    accepted.add(message.id)
    for (const { queue, types } of rules) {
      if (!types.includes(message.type)) continue
      world.after(world.random.upTo(300), () => {
        put(queue, JSON.stringify(message))
        return false
      })
    }
  }

  return {
    /** Ids of the events that were ever said. */
    accepted: accepted as ReadonlySet<string>,
    accept,
    subscribe: (queue: Queue, contracts: readonly AnyContract[]) => {
      rules.push({ queue, types: patternFor(contracts)['detail-type'] })
    },
    /** The client as one process holds it. */
    client: (process: Process) =>
      ({
        send: ({ input }: { input: { Entries: readonly { Detail: string }[] } }) => {
          const messages = input.Entries.map(({ Detail }) => JSON.parse(Detail) as Message)
          return world.call(process, `PutEvents ${messages.map(({ id }) => id).join(' ')}`, () => ({
            Entries: messages.map((message) => {
              if (world.strikes('entry-refused')) return { ErrorCode: 'ThrottlingException' }
              accept(message)
              return { EventId: message.id }
            }),
          }))
        },
      }) as unknown as EventBridgeClient,
  }
}
