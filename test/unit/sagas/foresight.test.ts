import { describe, expect, test } from 'vitest'
import type { AnyDraft } from '../../../events/contract.ts'
import { seal } from '../../../events/envelope.ts'
import { StockReserved } from '../../../events/inventory.ts'
import { OrderPlaced } from '../../../events/ordering.ts'
import { DirectSaga, WakeSaga } from '../../../events/saga.ts'
import { days, iso } from '../../../reactive/time.ts'
import { coordinator, type Incoming } from '../../../sagas/engine/coordinator.ts'
import { sagaForesight } from '../../../sagas/engine/foresight.ts'
import type { SagaState } from '../../../sagas/engine/state.ts'
import { fulfilOrderV1 } from '../../../sagas/retired/fulfil-order-v1.ts'
import { anOrder, orderId, start, timing } from '../../support/sagas.ts'

const sagaId = `fulfil-order:${orderId}`
const reserve = `${sagaId}/reserve-stock/do/1`
const sealed = (draft: AnyDraft, over: { id?: string; causationid?: string; time?: string } = {}): Incoming => ({
  contract: draft.contract,
  message: seal(draft, {
    id: `${orderId}/1`,
    source: '/ordering',
    subject: orderId,
    time: iso(start),
    correlationid: orderId,
    ...over,
  }),
})
const placed = sealed(OrderPlaced(anOrder))
const reserved = sealed(StockReserved({ orderId }), { id: `${reserve}/StockReserved`, causationid: reserve })

/** A saga after messages, and what the coordinator would make of one more. */
const saidAfter = async (messages: readonly Incoming[], { message }: Incoming) => {
  const sagas = new Map<string, SagaState>()
  let saves = 0
  const store = {
    load: async (id: string) => sagas.get(id),
    save: async (next: SagaState) => {
      saves += 1
      sagas.set(next.id, next)
      return 'saved' as const
    },
  }
  const ports = { definitions: [fulfilOrderV1], store, clock: () => start, timing }
  const quiet = {
    transport: { send: async () => new Map(), wake: async () => new Map() },
    congestion: async () => false,
  }
  const live = coordinator({ ...ports, ...quiet })
  for (const one of messages) expect(await live([one])).toEqual([undefined])
  const before = saves
  const [word] = await sagaForesight(ports)([JSON.stringify(message)])
  expect(saves).toBe(before)
  return word
}

describe('what a saga would make of a message', () => {
  test.each<[string, readonly Incoming[], Incoming, string, string]>([
    ['starts with what starts it', [], placed, 'passes', 'its saga would go on'],
    ['has started already', [placed], placed, 'repeats', 'its saga knows it already'],
    ['folds the answer that it waits for', [placed], reserved, 'passes', 'its saga would go on'],
    ['has folded it already', [placed, reserved], reserved, 'repeats', 'its saga knows it already'],
    [
      'gives back to the desk an answer to what nobody asked',
      [placed],
      sealed(StockReserved({ orderId }), { id: 'x', causationid: 'nothing' }),
      'refuses',
      'no-question',
    ],
    [
      'gives back to the desk what is beyond the horizon',
      [],
      sealed(OrderPlaced(anOrder), { time: iso(start - days(400)) }),
      'refuses',
      'beyond-horizon',
    ],
    ['drops a timer that another one has replaced', [placed], sealed(WakeSaga({ sagaId, number: 99 })), 'repeats', ''],
    [
      'takes an operator’s word that a step is refused',
      [placed],
      sealed(
        DirectSaga({
          sagaId,
          verb: 'resolve',
          step: 'reserve-stock',
          as: 'refused',
          attempt: 1,
          by: 'olga',
          reason: 'it is gone',
        }),
      ),
      'passes',
      'its saga would go on',
    ],
  ])('%s', async (_, before, message, says, because) => {
    expect(await saidAfter(before, message)).toEqual({ says, because: expect.stringContaining(because) })
  })

  test('refuses what is no message to a saga', async () => {
    const [word] = await sagaForesight({
      definitions: [fulfilOrderV1],
      store: { load: async () => undefined },
      clock: () => start,
      timing,
    })(['{'])
    expect(word).toMatchObject({ says: 'refuses', because: expect.stringContaining('not-json') })
  })
})
