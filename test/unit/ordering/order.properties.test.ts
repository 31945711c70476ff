import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Command, decide, isRefusal } from '../../../functions/ordering/decide.ts'
import type { OrderEvent, Recorded } from '../../../functions/ordering/events.ts'
import { execute } from '../../../functions/ordering/execute.ts'
import { evolve, fold, noOrder } from '../../../functions/ordering/order.ts'
import { project } from '../../../functions/ordering/projection.ts'
import { at, memoryStore, memoryViews, onRequest, orderId, placing, refusedCard } from '../../support/ordering.ts'

const prices = fc.record({
  'TEA-01': fc.record({
    name: fc.constant('Tea'),
    price: fc.record({ amount: fc.nat(100_000_000_00), currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'GBP') }),
  }),
  'POT-02': fc.record({
    name: fc.constant('Pot'),
    price: fc.record({ amount: fc.nat(1_000_000), currency: fc.constant('EUR') }),
  }),
})
const lines = fc.uniqueArray(
  fc.record({ sku: fc.constantFrom('TEA-01', 'POT-02', 'NO-SUCH'), quantity: fc.integer({ min: 1, max: 1_000 }) }),
  { selector: ({ sku }) => sku, minLength: 1 },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  fc
    .tuple(lines, prices, fc.constantFrom('a', 'b'))
    .map(([lines, prices, fingerprint]) => placing({ lines, prices, fingerprint })),
  fc.constant<Command>({ type: 'cancel', requestedBy: 'alice' }),
  fc.record({
    type: fc.constant('confirm' as const),
    carrier: fc.option(fc.constant('swift'), { nil: undefined }),
    cancellationTooLate: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.constantFrom(refusedCard, onRequest).map((because): Command => ({ type: 'reject', because })),
)

const run = (commands: readonly Command[]): OrderEvent[] => {
  const events: OrderEvent[] = []
  for (const next of commands) {
    const decision = decide(fold(events), next)
    if (!isRefusal(decision)) events.push(...decision)
  }
  return events
}

const ends = ['confirmed', 'rejected', 'cancelled']

describe('whatever is asked of an order, in whatever sequence', () => {
  test('it is placed once, first, and ends at most once, last', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const types = run(commands).map(({ type }) => type)
        expect(types.indexOf('placed')).toBe(types.length > 0 ? 0 : -1)
        expect(types.filter((type) => type === 'placed').length).toBeLessThanOrEqual(1)
        expect(types.filter((type) => type === 'cancellation-requested').length).toBeLessThanOrEqual(1)
        const end = types.findIndex((type) => ends.includes(type))
        if (end >= 0) expect(end).toBe(types.length - 1)
      }),
    ))

  test('its total is the sum of its lines, a safe integer within the limit', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 10 }), (commands) => {
        const order = fold(run(commands))
        if (order.status === 'none') return
        const sum = order.lines.reduce(
          (total, { price, quantity }) => total + BigInt(price.amount) * BigInt(quantity),
          0n,
        )
        expect(BigInt(order.total.amount)).toBe(sum)
        expect(order.total.amount).toBeLessThanOrEqual(100_000_000_00)
        expect(new Set(order.lines.map(({ price }) => price.currency))).toEqual(new Set([order.total.currency]))
      }),
    ))

  test('asking again what was granted adds nothing', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 10 }), command, (commands, next) => {
        const events = run(commands)
        const first = decide(fold(events), next)
        if (isRefusal(first)) return
        expect(decide(fold([...events, ...first]), next)).toEqual([])
      }),
    ))

  test('deciding changes neither the order nor the command', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 10 }), command, (commands, next) => {
        const order = fold(run(commands))
        const before = structuredClone({ order, next })
        decide(order, next)
        expect({ order, next }).toEqual(before)
      }),
    ))

  test('folding piece by piece is folding at once', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 10 }), (commands) => {
        const events = run(commands)
        let order = noOrder
        for (const event of events) order = evolve(order, event)
        expect(order).toEqual(fold(events))
      }),
    ))
})

describe('many at once on one stream', () => {
  test('leave no gap, no second end and no lost event, however they interleave', () =>
    fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 12 }), fc.scheduler(), async (commands, scheduler) => {
        const base = memoryStore()
        const store = {
          ...base,
          load: scheduler.scheduleFunction(base.load),
          append: scheduler.scheduleFunction(base.append),
        }
        const outcomes = commands.map((next) =>
          execute(store, orderId, next, { at, correlationid: orderId }).catch(() => undefined),
        )
        await scheduler.waitFor(Promise.all(outcomes))
        const events = await base.load(orderId)
        expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
        expect(events.filter(({ type }) => ends.includes(type)).length).toBeLessThanOrEqual(1)
        const appended = (await Promise.all(outcomes)).reduce((sum, done) => sum + (done?.ok ? done.appended : 0), 0)
        expect(appended).toBe(events.length)
      }),
      { numRuns: 60 },
    ))
})

describe('the view of an order', () => {
  test('comes out the same whatever the order and the number of deliveries', async () => {
    const whole = (events: readonly OrderEvent[]): Recorded[] =>
      events.map((event, index) => ({ ...event, orderId, sequence: index + 1, cause: { at, correlationid: orderId } }))
    const viewOf = async (events: readonly Recorded[]) => {
      const views = memoryViews()
      for (const change of events.map(project)) if (change) await views.apply(change)
      return views.views.get(orderId)
    }
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(command, { maxLength: 10 })
          .map((commands) => whole(run(commands)))
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            ),
          ),
        async ([events, delivered]) => {
          expect(await viewOf(delivered)).toEqual(await viewOf(events))
        },
      ),
    )
  })
})
