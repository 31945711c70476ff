import { unmeasured } from '../../reactive/metering.ts'
import { rehearsal, wouldDo } from '../../reactive/rehearsal.ts'
import type { Clock } from '../../reactive/time.ts'
import { orderCommands, orderingCommands } from './commands.ts'
import type { EventStore } from './store.ts'

/** What ordering would make of commands of sagas if they came now, with the orders as they are. */
export const orderingForesight = ({
  store,
  clock,
}: {
  readonly store: Pick<EventStore, 'load'>
  readonly clock: Clock
}) =>
  rehearsal({
    contracts: orderCommands,
    serve: (message, reply) =>
      orderingCommands({
        store: {
          load: store.load,
          append: async (_orderId, _length, events) =>
            wouldDo(`the order would go on: ${events.map(({ type }) => type).join(', ')}`),
        },
        reply,
        clock,
        measure: unmeasured,
      })(message),
  })
