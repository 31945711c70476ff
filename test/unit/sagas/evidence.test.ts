import { describe, expect, test } from 'vitest'
import { StockReserved } from '../../../events/inventory.ts'
import { CancellationRequested, OrderPlaced, RefundRequested } from '../../../events/ordering.ts'
import { SagaAdvanced, WakeSaga } from '../../../events/saga.ts'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { sagaEvidence } from '../../../sagas/engine/evidence.ts'
import type { SagaInput, SagaState } from '../../../sagas/engine/state.ts'
import { transition } from '../../../sagas/engine/transition.ts'
import { definitions } from '../../../sagas/index.ts'

const timing = timings.standard
const start = Date.UTC(2026, 5, 1)
const orderId = 'ord_0123456789abcdef'
const sagaId = `fulfil-order:${orderId}`
const order = {
  orderId,
  customerId: 'alice',
  lines: [{ sku: 'TEA-01', quantity: 1 }],
  total: { amount: 1_000, currency: 'EUR' },
  paymentToken: 'tok_ok',
  shipTo: { name: 'A', street: 'B', city: 'C', postcode: '1', country: 'GB' },
}
const fulfil = definitions.find(({ name, version }) => name === 'fulfil-order' && version === 1)!
const occasion = { sagaId, subject: orderId, correlationId: orderId }

/** The saga after inputs, each at so many milliseconds after its start. */
const sagaAfter = (...inputs: readonly (readonly [SagaInput, number])[]): SagaState => {
  let state: SagaState | undefined
  for (const [input, passed] of [[{ kind: 'start', data: order }, 0] as const, ...inputs]) {
    const verdict = transition(fulfil, state, input, occasion, start + passed, timing)
    // As the coordinator does: every commit is a revision.
    if (verdict.is === 'applied') state = { ...verdict.state, revision: (state?.revision ?? 0) + 1 }
  }
  return state!
}
const done = (step: string): SagaInput => ({ kind: 'done', step, attempt: 1, data: {} })
const wake: SagaInput = { kind: 'wake' }

const message = (id: string, type: string, more: Partial<SentMessage> = {}): SentMessage => ({
  id,
  type,
  subject: orderId,
  correlationId: orderId,
  at: start,
  ...more,
})
const placed = message(`${orderId}/1`, OrderPlaced.type)

const evidence = async (state: SagaState | undefined, asked: SentMessage = placed) => {
  const { handled } = sagaEvidence({
    definitions,
    load: async (ids) => new Map(state && ids.includes(state.id) ? [[state.id, { state, at: start + 1 }]] : []),
    clock: () => start,
    timing,
  })
  return (await handled([asked]))[0]
}
/** The commands and wake-ups that a running saga shows. */
const outgoing = async (state: SagaState) => {
  const { sent = [] } = (await evidence(state))!
  return sent.filter(({ type }) => type !== SagaAdvanced.type)
}

describe('what a saga proves about its start', () => {
  test('is nothing when there is none, or only a cancellation that came early', async () => {
    expect(await evidence(undefined)).toBeUndefined()
    const early = {
      ...occasion,
      id: sagaId,
      definition: 'fulfil-order',
      version: 1,
      revision: 1,
      phase: 'early-cancel',
    }
    expect(await evidence(early as unknown as SagaState)).toBeUndefined()
  })

  test('is that it was heard, once the saga has ended; each advance of it was sent', async () => {
    const steps = ['reserve-stock', 'authorise-payment', 'book-shipment', 'capture-payment']
    const ended = sagaAfter(...steps.map((step) => [done(step), 10] as const), [
      { kind: 'ended', command: 'confirm' },
      20,
    ])
    const found = await evidence(ended)
    expect(found).toMatchObject({ id: placed.id, as: 'handled' })
    expect(found!.sent!.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6].map((revision) => `${sagaId}/${revision}`))
  })

  test('is that it is under way while it runs, with the command that it waits for and where it awaits the answer', async () => {
    expect(await evidence(sagaAfter())).toMatchObject({ as: 'under-way' })
    expect(await outgoing(sagaAfter())).toEqual([
      {
        id: `${sagaId}/reserve-stock/do/1`,
        type: 'inventory.ReserveStock.v1',
        subject: orderId,
        correlationId: orderId,
        at: start,
        answers: 'saga-fulfil-order',
      },
      expect.objectContaining({ id: `${sagaId}/wake/1`, at: start + timing.stepDeadline }),
    ])
  })
})

describe('a command that a saga waits for', () => {
  test('counts from when it was first sent, however often it was asked again', async () => {
    const asked = sagaAfter([done('reserve-stock'), 1_000], [wake, minutes(5) + 1_000], [wake, minutes(10) + 1_000])
    const [command] = await outgoing(asked)
    expect(command).toMatchObject({ id: `${sagaId}/authorise-payment/do/1`, at: start + 1_000 })
  })

  test('counts so, too, after the point of no return, where silences grow', async () => {
    const way = ['reserve-stock', 'authorise-payment', 'book-shipment'].map((step) => [done(step), 2_000] as const)
    const asked = sagaAfter(...way, [wake, 2_000 + minutes(5)], [wake, 2_000 + minutes(15)])
    const [command] = await outgoing(asked)
    expect(command).toMatchObject({ id: `${sagaId}/capture-payment/do/1`, at: start + 2_000 })
  })

  test('names what it undoes', async () => {
    const cancelled = sagaAfter([done('reserve-stock'), 1_000], [{ kind: 'cancel' }, 3_000])
    const [command] = await outgoing(cancelled)
    expect(command).toMatchObject({
      id: `${sagaId}/authorise-payment/undo/1`,
      undoes: `${sagaId}/authorise-payment/do/1`,
      at: start + 3_000,
    })
  })
})

describe('what a saga proves about a reply', () => {
  const reply = message(`${sagaId}/reserve-stock/do/1/StockReserved`, StockReserved.type)

  test('is nothing while it waits for it', async () => {
    expect(await evidence(sagaAfter(), reply)).toBeUndefined()
  })

  test('is that it was folded in, once it waits for something else', async () => {
    expect(await evidence(sagaAfter([done('reserve-stock'), 1]), reply)).toEqual({ id: reply.id, as: 'handled' })
  })
})

describe('what a saga proves about a cancellation', () => {
  const cancel = message(`${orderId}/2`, CancellationRequested.type)

  test('is that it was noted', async () => {
    expect(await evidence(sagaAfter(), cancel)).toBeUndefined()
    expect(await evidence(sagaAfter([{ kind: 'cancel' }, 1]), cancel)).toEqual({ id: cancel.id, as: 'handled' })
  })
})

describe('what a saga proves about its timer', () => {
  test('is that it came, when another one has been set', async () => {
    const timer = message(`${sagaId}/wake/1`, WakeSaga.type)
    expect(await evidence(sagaAfter(), timer)).toBeUndefined()
    expect(await evidence(sagaAfter([wake, minutes(5)]), timer)).toMatchObject({ as: 'handled' })
  })
})

describe('evidence of several sagas', () => {
  test('keeps the start of one from proving the start of another about the same order', async () => {
    const refund = message(`${orderId}/4`, RefundRequested.type)
    expect(await evidence(sagaAfter(), refund)).toBeUndefined()
  })
})
