import { expect, test } from 'vitest'
import type { Draft } from '../../../events/contract.ts'
import { seal } from '../../../events/envelope.ts'
import { CheckReturn, ConfirmOrder, RejectOrder } from '../../../events/ordering.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { orderingForesight } from '../../../functions/ordering/foresight.ts'
import { fromIso } from '../../../reactive/time.ts'
import { at, confirmed, memoryStore, orderId, placed, refusedCard, stream } from '../../support/ordering.ts'

const ask = <Data>(draft: Draft<Data>) =>
  JSON.stringify(
    seal(draft, {
      id: `fulfil-order:${orderId}/end/${draft.contract.contractName}`,
      source: '/saga/fulfil-order',
      subject: orderId,
      time: at,
      correlationid: orderId,
    }),
  )
const confirm = ask(ConfirmOrder({ orderId, carrier: 'swift', trackingNumber: 'SW-1' }))
const reject = ask(RejectOrder({ orderId, because: refusedCard }))
const question = ask(CheckReturn({ orderId }))

test.each<[string, string, OrderEvent[], string, string]>([
  ['confirms an order that is placed', confirm, [placed], 'passes', 'the order would go on: confirmed'],
  ['has confirmed it already', confirm, [placed, confirmed], 'repeats', 'it would be answered ConfirmationRecorded'],
  ['does not reject what is confirmed', reject, [placed, confirmed], 'refuses', 'it would come back to the desk'],
  ['does not end what was never placed', confirm, [], 'refuses', 'it would come back to the desk'],
  ['answers a question', question, [placed, confirmed], 'passes', 'it would be answered Return'],
])('ordering %s, as it foretells, and writes nothing', async (_, body, events, says, because) => {
  const store = memoryStore(stream(...events))
  const [word] = await orderingForesight({ store, clock: () => fromIso(at) })([body])
  expect(word).toEqual({ says, because: expect.stringContaining(because) })
  expect(await store.load(orderId)).toHaveLength(events.length)
})
