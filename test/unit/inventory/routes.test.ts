import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { maxStock, product, productList } from '../../../events/http/inventory.ts'
import { problem as problemSchema } from '../../../events/http/problem.ts'
import { catalogueOf } from '../../../functions/inventory/catalogue.ts'
import { productRoutes } from '../../../functions/inventory/routes.ts'
import type { StockItem } from '../../../functions/inventory/stock.ts'
import { type Role, respond } from '../../../reactive/http-endpoint.ts'
import {
  aProduct,
  aSheet,
  at,
  commandIdOf,
  euros,
  type Fault,
  memoryInventory,
  orderId,
  shelfOf,
} from '../../support/inventory.ts'
import { unobserved } from '../../support/observation.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {} }
const key = { orderId, commandId: commandIdOf(orderId) }

const api = (products: readonly StockItem[] = []) => {
  const faults: Fault[] = []
  const errors: unknown[] = []
  const house = memoryInventory(products, { fault: () => faults.shift() ?? 'none' })
  const routes = productRoutes(catalogueOf({ store: house.store, clock: () => at + 1_000 }))
  const log = { ...silent, error: (...entry: unknown[]) => void errors.push(entry) }
  const call = async (
    method: string,
    path: string,
    {
      body,
      query = null,
      role = 'operator',
    }: { body?: unknown; query?: Record<string, string> | null; role?: Role } = {},
  ) => {
    const event = {
      httpMethod: method,
      path,
      headers: {},
      queryStringParameters: query,
      body: body === undefined ? null : JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: 'req-1', authorizer: { subject: 'olga', role } },
    } as unknown as APIGatewayProxyEvent
    const answer = await respond(routes, event, {
      ...unobserved('/inventory'),
      log: log as never,
      remainingMs: () => 1_000,
    })
    const read = JSON.parse(answer.body)
    const promised = answer.statusCode >= 400 ? problemSchema : 'items' in read ? productList : product
    expect(promised.safeParse(read).error).toBeUndefined()
    return { status: answer.statusCode, body: read }
  }
  const put = (sku: string, sheet: unknown) => call('PUT', `/products/${sku}`, { body: sheet })
  return { ...house, call, put, errors, failing: (...next: Fault[]) => void faults.push(...next) }
}

describe('PUT /products/{sku}', () => {
  test('lists a new product with all its units available', async () => {
    const { put, item } = api()
    expect(await put('A1', aSheet)).toEqual({
      status: 200,
      body: { sku: 'A1', name: 'Breakfast tea', price: euros(450), available: 10 },
    })
    expect(item('A1')).toMatchObject({ revision: 1, initial: 10, available: 10, committed: 0 })
  })

  test('changes nothing when it is repeated', async () => {
    const { put, item } = api()
    const first = await put('A1', aSheet)
    const before = item('A1')
    expect(await put('A1', aSheet)).toEqual(first)
    expect(item('A1')).toEqual(before)
  })

  test('adds the difference to what is available when stock is raised', async () => {
    const { put, item } = api([aProduct('A1', { stock: 10, committed: 5 })])
    expect(await put('A1', { ...aSheet, stock: 25 })).toMatchObject({ status: 200, body: { available: 20 } })
    expect(shelfOf(item('A1'))).toEqual({ initial: 25, available: 20, committed: 5 })
  })

  test('puts units of a product on the shelves of which a million were sold long ago', async () => {
    const { put, item } = api([aProduct('A1', { stock: maxStock, committed: maxStock })])
    expect(await put('A1', { ...aSheet, stock: maxStock + 500 })).toMatchObject({
      status: 200,
      body: { available: 500 },
    })
    expect(shelfOf(item('A1'))).toEqual({ initial: maxStock + 500, available: 500, committed: maxStock })
  })

  test('puts no more at once than one person means to', async () => {
    const { put, item, items } = api([aProduct('A1', { stock: 10, committed: 5 })])
    const tooMany = (stock: number) => ({
      status: 422,
      body: { code: 'too-many-at-once', detail: expect.stringContaining(`at most ${stock}.`) },
    })
    expect(await put('A1', { ...aSheet, stock: maxStock + 11 })).toMatchObject(tooMany(maxStock + 10))
    expect(item('A1')!.initial).toBe(10)
    expect(await put('B2', { ...aSheet, stock: maxStock + 1 })).toMatchObject(tooMany(maxStock))
    expect(items()).toHaveLength(1)
    expect((await put('A1', { ...aSheet, stock: maxStock + 10 })).status).toBe(200)
  })

  test('takes away down to what is committed, and no further', async () => {
    const { put, item } = api([aProduct('A1', { stock: 10, committed: 5 })])
    expect(await put('A1', { ...aSheet, stock: 5 })).toMatchObject({ status: 200, body: { available: 0 } })
    expect(await put('A1', { ...aSheet, stock: 4 })).toMatchObject({
      status: 409,
      body: { code: 'stock-below-committed', detail: expect.stringContaining('the 5 promised or sold') },
    })
    expect(shelfOf(item('A1'))).toEqual({ initial: 5, available: 0, committed: 5 })
  })

  test('gives a new revision to a new price', async () => {
    const { put, item } = api([aProduct('A1')])
    await put('A1', { ...aSheet, price: euros(460) })
    expect(item('A1')).toMatchObject({ price: euros(460), revision: 2, listedAt: '2026-11-21T14:00:01.000Z' })
  })

  test('repairs a damaged record from the reservations, and gives customers a new revision', async () => {
    const { put, item, store, tamper, call } = api([aProduct('A1'), aProduct('B2')])
    await store.reserve(key, [{ sku: 'A1', quantity: 3 }], at)
    const sold = { orderId, commandId: commandIdOf(orderId, 2) }
    await store.reserve(sold, [{ sku: 'A1', quantity: 2 }], at)
    await store.sell(sold, at)
    const gone = { orderId, commandId: commandIdOf(orderId, 3) }
    await store.reserve(gone, [{ sku: 'A1', quantity: 1 }], at)
    await store.release(gone, [{ sku: 'A1', quantity: 1 }], at)
    await store.reserve({ orderId, commandId: commandIdOf(orderId, 4) }, [{ sku: 'B2', quantity: 9 }], at)
    tamper('A1', { available: 'twelve' })
    expect(await call('GET', '/products/A1')).toMatchObject({ status: 200, body: { available: 0 } })
    expect(await put('A1', aSheet)).toMatchObject({ status: 200, body: { available: 5 } })
    expect(shelfOf(item('A1'))).toEqual({ initial: 10, available: 5, committed: 5 })
    expect(item('A1')).toMatchObject({ revision: 2 })
  })

  test('does not write a count that was overtaken while it was made', async () => {
    const house = memoryInventory([aProduct('A1')])
    await house.store.reserve(key, [{ sku: 'A1', quantity: 3 }], at)
    house.tamper('A1', { initial: 'ten' })
    let overtaken = false
    const store = {
      ...house.store,
      committed: async function* () {
        yield* house.store.committed()
        if (!overtaken) await house.store.release(key, [{ sku: 'A1', quantity: 3 }], at)
        overtaken = true
      },
    }
    await catalogueOf({ store, clock: () => at }).put('A1', aSheet)
    expect(shelfOf(house.item('A1'))).toEqual({ initial: 10, available: 10, committed: 0 })
  })

  test.each(['before', 'after'])('counts once what is sold %s it is read', async (when) => {
    const house = memoryInventory([aProduct('A1')])
    await house.store.reserve(key, [{ sku: 'A1', quantity: 3 }], at)
    house.tamper('A1', { initial: 'ten' })
    let counts = 0
    const store = {
      ...house.store,
      committed: async function* () {
        counts++
        if (when === 'before') await house.store.sell(key, at)
        yield* house.store.committed()
        if (when === 'after') await house.store.sell(key, at)
      },
    }
    await catalogueOf({ store, clock: () => at }).put('A1', aSheet)
    expect(counts).toBe(1)
    expect(house.record()?.state).toBe('sold')
    expect(shelfOf(house.item('A1'))).toEqual({ initial: 10, available: 7, committed: 3 })
  })

  test('refuses to repair below what the reservations hold', async () => {
    const { put, store, tamper, item } = api([aProduct('A1')])
    await store.reserve(key, [{ sku: 'A1', quantity: 3 }], at)
    tamper('A1', { available: 'twelve' })
    expect(await put('A1', { ...aSheet, stock: 2 })).toMatchObject({
      status: 409,
      body: { code: 'stock-below-committed' },
    })
    expect(item('A1')?.available).toBe('twelve')
  })

  test.each([
    ['no name', { ...aSheet, name: '' }, '/name'],
    ['a price in fractions of a cent', { ...aSheet, price: { amount: 4.5, currency: 'EUR' } }, '/price/amount'],
    ['a negative price', { ...aSheet, price: euros(-1) }, '/price/amount'],
    ['no currency', { ...aSheet, price: { amount: 1 } }, '/price/currency'],
    ['negative stock', { ...aSheet, stock: -1 }, '/stock'],
    ['half a unit', { ...aSheet, stock: 1.5 }, '/stock'],
    ['a word for a number', { ...aSheet, stock: 'ten' }, '/stock'],
    ['a field that is not known', { ...aSheet, colour: 'red' }, '/colour'],
    ['a field that is not known, within the price', { ...aSheet, price: { ...euros(1), tax: 1 } }, '/price/tax'],
  ])('refuses %s and names it', async (_, sheet, pointer) => {
    const { put, items } = api()
    const { status, body } = await put('A1', sheet)
    expect(status).toBe(422)
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer }))
    expect(items()).toEqual([])
  })

  test('refuses what is no SKU', async () => {
    const { put, items } = api()
    expect(await put('tea!', aSheet)).toMatchObject({ status: 400 })
    expect(items()).toEqual([])
  })

  test('is for operators', async () => {
    const { call, items } = api()
    expect(await call('PUT', '/products/A1', { body: aSheet, role: 'customer' })).toMatchObject({ status: 403 })
    expect(items()).toEqual([])
  })

  test('asks the client to come again when others change the product without end', async () => {
    const { store } = memoryInventory([aProduct('A1')])
    const catalogue = catalogueOf({ store: { ...store, change: async () => 'changed' }, clock: () => at })
    await expect(catalogue.put('A1', { ...aSheet, stock: 11 })).rejects.toThrow('changed by others')
  })

  test('keeps the sum when operators and customers move units at once', async () => {
    const { put, store, item } = api([aProduct('A1')])
    const moves = [12, 15, 11, 20, 13].map((stock) => put('A1', { ...aSheet, stock }))
    const reservations = [1, 2, 3, 4].map((attempt) =>
      store.reserve({ orderId, commandId: commandIdOf(orderId, attempt) }, [{ sku: 'A1', quantity: 2 }], at),
    )
    await Promise.all([...moves, ...reservations])
    const { initial, available, committed } = item('A1')!
    expect(committed).toBe(8)
    expect(available + committed).toBe(initial)
    expect([11, 12, 13, 15, 20]).toContain(initial)
  })

  test.each((['before', 'after'] as const).flatMap((fault) => [0, 1].map((nth) => [fault, nth] as const)))(
    'may be repeated after a call that failed %s at %i',
    async (fault, nth) => {
      for (const products of [[], [aProduct('A1')], [aProduct('A1', { available: -1 })]]) {
        const { put, failing, item } = api(products)
        failing(...Array.from({ length: nth }, () => 'none' as const), fault)
        expect((await put('A1', { ...aSheet, stock: 12 })).status).toBe(500)
        expect((await put('A1', { ...aSheet, stock: 12 })).body).toMatchObject({ available: 12 })
        expect(shelfOf(item('A1'))).toEqual({ initial: 12, available: 12, committed: 0 })
      }
    },
  )
})

describe('GET /products', () => {
  const products = ['A1', 'B2', 'C3', 'D4', 'E5'].map((sku) => aProduct(sku, { stock: 7, committed: 2 }))

  test('shows every product once, page by page, to anybody who is signed in', async () => {
    const { call } = api(products)
    const skus: string[] = []
    let cursor: string | undefined
    do {
      const query = { limit: '2', ...(cursor ? { cursor } : {}) }
      const { status, body } = await call('GET', '/products', { query, role: 'customer' })
      expect(status).toBe(200)
      expect(body.items.length).toBeLessThanOrEqual(2)
      skus.push(...body.items.map(({ sku }: { sku: string }) => sku))
      cursor = body.next
    } while (cursor)
    expect(skus).toEqual(['A1', 'B2', 'C3', 'D4', 'E5'])
  })

  test('tells what can be ordered and nothing of what is behind it', async () => {
    const { call } = api(products)
    const { body } = await call('GET', '/products')
    expect(body.items[0]).toEqual({ sku: 'A1', name: 'Breakfast tea', price: euros(450), available: 5 })
    expect(body.next).toBeUndefined()
  })

  test('shows the others when one cannot be shown, and logs which', async () => {
    const { call, tamper, errors } = api(products)
    tamper('C3', { price: 'dear' })
    tamper('D4', { available: 'twelve' })
    const { body } = await call('GET', '/products')
    expect(body.items.map(({ sku, available }: { sku: string; available: number }) => [sku, available])).toEqual([
      ['A1', 5],
      ['B2', 5],
      ['D4', 0],
      ['E5', 5],
    ])
    expect(errors).toEqual([['left damaged products out of a list', { skus: ['C3'] }]])
  })

  test.each<Record<string, string>>([
    { limit: '0' },
    { limit: '101' },
    { limit: 'all' },
    { cursor: 'no sku' },
    { page: '2' },
  ])('refuses the query %o', async (query) => {
    expect(await api(products).call('GET', '/products', { query })).toMatchObject({
      status: 400,
    })
  })
})

describe('GET /products/{sku}', () => {
  test('shows one product', async () => {
    const { call } = api([aProduct('A1')])
    expect(await call('GET', '/products/A1', { role: 'customer' })).toMatchObject({
      status: 200,
      body: { available: 10 },
    })
  })

  test('knows no product that is not listed', async () => {
    expect(await api().call('GET', '/products/A1')).toMatchObject({ status: 404, body: { code: 'no-such-product' } })
  })

  test('says so when a product cannot be shown, and how it is repaired', async () => {
    const { call, tamper, put } = api([aProduct('A1')])
    tamper('A1', { name: null })
    expect(await call('GET', '/products/A1')).toMatchObject({
      status: 500,
      body: { code: 'damaged-stock-record', detail: expect.stringContaining('PUT /products/A1') },
    })
    expect((await put('A1', aSheet)).status).toBe(200)
    expect((await call('GET', '/products/A1')).body.name).toBe('Breakfast tea')
  })
})
