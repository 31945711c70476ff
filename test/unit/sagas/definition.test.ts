import { describe, expect, test } from 'vitest'
import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../../../events/inventory.ts'
import {
  ConfirmationRecorded,
  ConfirmOrder,
  OrderConfirmed,
  OrderPlaced,
  RejectionRecorded,
  RejectOrder,
} from '../../../events/ordering.ts'
import { CapturePayment, CaptureRefused, PaymentCaptured } from '../../../events/payments.ts'
import { saga } from '../../../sagas/engine/builder.ts'
import { type Definition, inboxContracts, problemsOf, type Step } from '../../../sagas/engine/definition.ts'
import { fulfilOrderV1 as fulfilOrder } from '../../../sagas/retired/fulfil-order-v1.ts'

const started = () => saga('little', 1).startedBy('order', OrderPlaced, { subject: ({ orderId }) => orderId })
const reserve = {
  send: ({ order }: { order: { orderId: string; lines: { sku: string; quantity: number }[] } }) => ReserveStock(order),
  done: StockReserved,
  refused: StockRefused,
  undo: ({ order }: { order: { orderId: string } }) => ReleaseStock({ orderId: order.orderId }),
  undone: StockReleased,
}
const capture = {
  send: ({ order: { orderId, total } }: { order: { orderId: string; total: { amount: number; currency: string } } }) =>
    CapturePayment({ orderId, amount: total, authorisationId: 'auth' }),
  done: PaymentCaptured,
  refused: CaptureRefused,
}
const ends = {
  done: {
    send: ({ order }: { order: { orderId: string } }) => ConfirmOrder({ orderId: order.orderId }),
    recorded: ConfirmationRecorded,
  },
  undone: {
    send: ({ order }: { order: { orderId: string } }, because: { code: string; message: string }) =>
      RejectOrder({ orderId: order.orderId, because }),
    recorded: RejectionRecorded,
  },
}

/** A definition put together past the types, as untyped code could. */
const broken = (change: (definition: Definition) => Partial<Definition>): string[] =>
  problemsOf({ ...fulfilOrder, ...change(fulfilOrder) })

describe('a definition', () => {
  test('has the steps in the order in which they are written, each after the one before', () => {
    const { steps } = started().step('reserve', reserve).pivot('capture', capture).endsWith(ends)
    expect(steps.map(({ name, kind, after }) => [name, kind, after])).toEqual([
      ['reserve', 'compensable', []],
      ['capture', 'pivot', [0]],
    ])
  })

  test('keeps its fingerprint while its shape stays, and changes it with the shape', () => {
    const one = started().step('reserve', reserve).pivot('capture', capture).endsWith(ends)
    const same = started().step('reserve', reserve).pivot('capture', capture).endsWith(ends)
    const other = started().step('book', reserve).pivot('capture', capture).endsWith(ends)
    expect(same.hash).toBe(one.hash)
    expect(other.hash).not.toBe(one.hash)
  })

  test('lists every contract that its inbox may carry, once', () => {
    const types = inboxContracts(fulfilOrder).map(({ type }) => type)
    expect(types).toContain('ordering.OrderPlaced.v1')
    expect(types).toContain('ordering.CancellationRequested.v1')
    expect(types).toContain('payments.PaymentVoided.v1')
    expect(new Set(types).size).toBe(types.length)
    expect(types).toHaveLength(15)
  })

  test('that is sound has no problems', () => {
    expect(problemsOf(fulfilOrder)).toEqual([])
  })

  test.each<[string, string[]]>([
    ['without steps', broken(() => ({ steps: [] }))],
    ['without a pivot', broken(({ steps }) => ({ steps: steps.slice(0, 3) }))],
    ['with two pivots', broken(({ steps }) => ({ steps: [...steps, { ...steps[3]!, name: 'again' }] }))],
    ['with a name twice', broken(({ steps }) => ({ steps: [steps[0]!, ...steps] }))],
    [
      'with a compensable step after the pivot',
      broken(({ steps }) => ({ steps: [{ ...steps[3]!, after: [] }, steps[0]!] })),
    ],
    [
      'with a retriable step before the pivot',
      broken(({ steps }) => ({
        steps: [{ ...steps[0]!, kind: 'retriable', refused: undefined } as never, { ...steps[3]!, after: [0] }],
      })),
    ],
    [
      'with a step that has no compensation',
      broken(({ steps: [first, ...rest] }) => ({ steps: [{ ...first!, undone: undefined } as never, ...rest] })),
    ],
    [
      'with a step called end',
      broken(({ steps: [first, ...rest] }) => ({ steps: [{ ...first!, name: 'end' }, ...rest] })),
    ],
    [
      'with a retriable step that may be refused',
      broken(({ steps: [first, second, third, pivot] }) => ({
        steps: [first!, second!, third!, pivot!, { ...pivot!, name: 'later', kind: 'retriable', after: [3] } as Step],
      })),
    ],
    [
      'with a word after the pivot that may be a no',
      broken(({ steps }) => ({
        steps: [
          ...steps,
          {
            ...{ name: 'word', kind: 'signal', after: [3], on: OrderConfirmed, within: 1, otherwise: { proceed: 1 } },
            refuses: () => undefined,
          } as Step,
        ],
      })),
    ],
    [
      'that is told yes and no by the same reply',
      broken(({ steps: [first, ...rest] }) => ({ steps: [{ ...first!, refused: StockReserved } as Step, ...rest] })),
    ],
    [
      'whose undo is told yes and no by the same reply',
      broken(({ steps: [first, ...rest] }) => ({
        steps: [{ ...first!, undoRefused: StockReleased } as Step, ...rest],
      })),
    ],
    ['to which one event says two things', broken(({ startedBy }) => ({ cancelledBy: startedBy }))],
    ['with a name that could not stand in an id', broken(() => ({ name: 'Fulfil/Order' }))],
    ['started by a command', broken(() => ({ startedBy: ReserveStock }))],
    [
      'answered by an event',
      broken(({ steps: [first, ...rest] }) => ({ steps: [{ ...first!, done: OrderPlaced } as Step, ...rest] })),
    ],
  ])('%s is refused with a sentence', (_, problems) => {
    expect(problems).toHaveLength(1)
  })

  test('that is unsound does not come into being', () => {
    const twice = started().step('reserve', reserve)
    // @ts-expect-error a name that is taken is refused by the compiler too
    expect(() => twice.step('reserve', reserve).pivot('capture', capture).endsWith(ends)).toThrow(
      'two steps are called reserve',
    )
  })
})

describe('the compiler', () => {
  test('refuses what cannot be a saga', () => {
    const { undo, undone, ...withoutUndo } = reserve
    expect([undo, undone]).toHaveLength(2)
    // @ts-expect-error a step needs a compensation
    expect(() => started().step('reserve', withoutUndo).pivot('capture', capture).endsWith(ends)).toThrow(
      'has no compensation',
    )
    const past = started().step('reserve', reserve).pivot('capture', capture)
    // @ts-expect-error nothing after the pivot can be compensated
    expect(past.step).toBeTypeOf('function')
    // @ts-expect-error there is one pivot
    expect(past.pivot).toBeTypeOf('function')
    // @ts-expect-error a saga has a pivot
    expect(started().step('reserve', reserve).endsWith).toBeTypeOf('function')
    // @ts-expect-error nothing is retriable before the pivot
    expect(started().retriable).toBeTypeOf('function')
  })

  test('lets a step read what earlier steps kept, and nothing else', () => {
    const kept = started().step('reserve', { ...reserve, keep: ({ orderId }) => ({ place: orderId }) })
    const amount = { amount: 1, currency: 'EUR' }
    const paying = (orderId: string) => CapturePayment({ orderId, amount, authorisationId: 'a' })
    kept.pivot('capture', { ...capture, send: ({ reserve: { place } }) => paying(place) })
    // @ts-expect-error ship is no step before this one
    kept.pivot('capture', { ...capture, send: ({ ship }) => paying(String(ship)) })
    expect(kept).toBeDefined()
  })
})
