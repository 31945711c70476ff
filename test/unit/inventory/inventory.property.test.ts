import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { catalogueOf } from '../../../functions/inventory/catalogue.ts'
import { saleOf } from '../../../functions/inventory/sale.ts'
import { inventory } from '../../../functions/inventory/service.ts'
import { readShelves } from '../../../functions/inventory/stock.ts'
import { days } from '../../../reactive/time.ts'
import {
  aProduct,
  aSheet,
  at,
  confirming,
  type Fault,
  memoryInventory,
  releasing,
  reserving,
} from '../../support/inventory.ts'

const skus = ['A1', 'B2', 'C3']
const orders = ['ord_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb', 'ord_cccccccccccccccccccccccccc']

const order = fc.constantFrom(...orders)
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('reserve'), order, late: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('release'), order }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('confirm'), order }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('put'),
      sku: fc.constantFrom(...skus),
      stock: fc.integer({ min: 0, max: 8 }),
      price: fc.integer({ min: 1, max: 3 }),
    }),
  },
)
const damage = fc.record({
  does: fc.constant('damage'),
  sku: fc.constantFrom(...skus.slice(0, 2)),
  member: fc.constantFrom('initial', 'available', 'committed', 'changes', 'revision'),
})
type Action = {
  does: string
  order?: string
  late?: boolean
  sku?: string
  stock?: number
  price?: number
  member?: string
}

/** What each order asks for: the same at every repetition, as a message under one id always says the same. */
const orderLines = fc.tuple(
  ...orders.map(() =>
    fc.array(fc.record({ sku: fc.constantFrom(...skus, 'ZZ-UNKNOWN'), quantity: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
)

const faults = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>('none') },
    { weight: 1, arbitrary: fc.constant<Fault>('before') },
    { weight: 2, arbitrary: fc.constant<Fault>('after') },
    { weight: 1, arbitrary: fc.constant<Fault>('conflict') },
  ),
  { maxLength: 60 },
)

/** How often a message is delivered before its sender gives up; the last deliveries meet no faults. */
const mostDeliveries = 4

describe('stock under everything at once', () => {
  test('is never negative, never lost and never made, whoever is at it and whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 12, arbitrary: action }, { weight: 1, arbitrary: damage }), {
          minLength: 1,
          maxLength: 24,
        }),
        orderLines,
        faults,
        fc.scheduler(),
        async (actions, linesOf, failures, scheduler) => {
          const house = memoryInventory(
            skus.slice(0, 2).map((sku) => aProduct(sku, { stock: 5 })),
            {
              turn: (call) => scheduler.schedule(Promise.resolve(), call),
              fault: () => failures.shift() ?? 'none',
            },
          )
          const { store } = house
          const said: Message[] = []
          let now = at
          const clock = () => now
          const serve = inventory({
            store,
            reply: async (message) => void said.push(message),
            clock,
            timing: { horizon: days(30) },
          })
          const sell = saleOf({ store, clock })
          const catalogue = catalogueOf({ store, clock })

          const run = async ({
            does,
            order = '',
            late,
            sku = '',
            stock = 0,
            price = 1,
            member = '',
          }: Action): Promise<unknown> => {
            const lines = linesOf[orders.indexOf(order)] ?? []
            if (does === 'reserve') return serve(reserving(lines, { order, ...(late ? { deadline: at - 1 } : {}) }))
            if (does === 'release') return serve(releasing({ order }))
            if (does === 'confirm') return sell(confirming(lines, { order }))
            if (does === 'damage') return house.tamper(sku, { [member]: 'twelve' })
            return catalogue.put(sku, { ...aSheet, stock, price: { amount: price, currency: 'EUR' } })
          }
          /** At least once: what threw comes again, until it is left to the desk. */
          const deliver = async (what: Action) => {
            for (let delivery = 0; delivery < mostDeliveries; delivery++) {
              now += 1
              try {
                return await run(what)
              } catch {
                expectConservation(house)
              }
            }
          }
          await scheduler.waitFor(Promise.all(actions.map(deliver)))
          expectConservation(house)
          expectHonesty(house, said)

          failures.length = 0
          await scheduler.waitFor(Promise.all(skus.map((sku) => catalogue.put(sku, { ...aSheet, stock: 100 }))))
          expect(house.items().map(({ initial }) => initial)).toEqual(skus.map(() => 100))
          expectConservation(house)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('ends the same with faults and repetitions as without', async () => {
    const words = async (
      failures: Fault[],
      actions: readonly Action[],
      linesOf: readonly (readonly { sku: string; quantity: number }[])[],
    ) => {
      const house = memoryInventory(
        skus.map((sku) => aProduct(sku, { stock: 5 })),
        { fault: () => failures.shift() ?? 'none' },
      )
      const last = new Map<string, string>()
      const reply = async ({ type, causationid = '' }: Message) => void last.set(causationid, type)
      const serve = inventory({ store: house.store, reply, clock: () => at, timing: { horizon: days(30) } })
      for (const { does, order = '', late } of actions) {
        const lines = linesOf[orders.indexOf(order)] ?? []
        const message =
          does === 'reserve' ? reserving(lines, { order, ...(late ? { deadline: at - 1 } : {}) }) : releasing({ order })
        for (;;) {
          try {
            await serve(message as never)
            break
          } catch {}
        }
      }
      return { last: [...last], shelves: house.items(), states: house.records().map(({ state }) => state) }
    }
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(action, { minLength: 1, maxLength: 20 })
          .map((all) => all.filter(({ does }) => does === 'reserve' || does === 'release')),
        orderLines,
        faults,
        async (actions, linesOf, failures) => {
          expect(await words([...failures], actions, linesOf)).toEqual(await words([], actions, linesOf))
        },
      ),
      { numRuns: 300 },
    )
  })
})

type House = ReturnType<typeof memoryInventory>

/** Sound shelves, and exactly the units on them that the reservations say; what a hand has damaged aside. */
const expectConservation = ({ items, records }: Pick<House, 'items' | 'records'>) => {
  for (const item of items()) {
    if (Object.values(item).includes('twelve')) continue
    expect(readShelves(item)).toMatchObject({ sound: true })
    const units = (state: string) =>
      records().reduce(
        (sum, record) =>
          record.state === state && 'lines' in record
            ? sum + record.lines.reduce((of, { sku, quantity }) => (sku === item.sku ? of + quantity : of), 0)
            : sum,
        0,
      )
    expect({ sku: item.sku, committed: item.committed }).toEqual({
      sku: item.sku,
      committed: units('done') + units('sold'),
    })
  }
}

/** One answer a command: what was refused is never reserved, and what is said agrees with what is on record. */
const expectHonesty = ({ record }: Pick<House, 'record'>, said: readonly Message[]) => {
  for (const order of orders) {
    const words = said.filter(({ subject }) => subject === order).map(({ type }) => type.split('.')[1])
    const command = `fulfil-order:${order}/reserve-stock/do/1`
    const state = record(command, order)?.state
    const refused = words.indexOf('StockRefused')
    if (refused >= 0 && !words.includes('StockReleased')) {
      expect(words).not.toContain('StockReserved')
      expect(['refused', 'tombstone']).toContain(state)
    }
    if (words.includes('StockReleased')) expect(['undone', 'tombstone', 'refused']).toContain(state)
    else if (words.includes('StockReserved')) expect(['done', 'sold', 'undone']).toContain(state)
  }
}
