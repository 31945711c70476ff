import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { putProductBody } from '../../../events/http/inventory.ts'
import { placeOrderBody } from '../../../events/http/ordering.ts'
import { openApiDocument } from '../../../functions/edge/openapi.ts'
import { operations } from '../../../functions/edge/operations.ts'
import { orderRoutes } from '../../../functions/ordering/routes.ts'
import { ordering } from '../../../functions/ordering/service.ts'
import { parcels } from '../../../functions/shipping/parcels.ts'
import { parcelRoutes } from '../../../functions/shipping/routes.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'
import { aBody, memoryPrices, memoryStore, memoryViews } from '../../support/ordering.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document is read as the JSON that clients read
const document: any = JSON.parse(JSON.stringify(openApiDocument(operations, '1.0.0')))

const everywhere = (value: unknown, visit: (node: Record<string, unknown>) => void): void => {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value)) visit(value as Record<string, unknown>)
  for (const member of Object.values(value)) everywhere(member, visit)
}

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const result = await validator.validate(structuredClone(document))
    expect(result.errors).toBeUndefined()
    expect(result.valid).toBe(true)
    expect(validator.version).toBe('3.1')
  })

  test('points only at what it defines', () => {
    const names = Object.keys(document.components.schemas)
    const missing: unknown[] = []
    everywhere(document, ({ $ref }) => {
      if (typeof $ref === 'string' && !names.some((name) => $ref === `#/components/schemas/${name}`)) missing.push($ref)
    })
    expect(missing).toEqual([])
  })

  test('uses every schema that it defines', () => {
    const used = JSON.stringify(document)
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !used.includes(`"#/components/schemas/${name}"`),
    )
    expect(unused).toEqual([])
  })

  test('names every operation once and says what each parameter of a path is', () => {
    const ids = operations.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { method, path } of operations) {
      const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const { parameters } = document.paths[path][method]
      const described = parameters.filter((parameter: { in: string }) => parameter.in === 'path')
      expect(described.map(({ name }: { name: string }) => name)).toEqual(expected)
      expect(described.every(({ required }: { required: boolean }) => required)).toBe(true)
    }
  })

  test('asks for a token everywhere but at what is open to all', () => {
    const open = operations.filter(({ method, path }) => document.paths[path][method].security.length === 0)
    expect(open.map(({ path }) => path)).toEqual(['/openapi.json', '/health'])
  })

  test('answers every refusal with a problem document', () => {
    for (const { method, path } of operations) {
      for (const [status, response] of Object.entries<Record<string, object>>(document.paths[path][method].responses)) {
        const expected = Number(status) >= 400 ? ['application/problem+json'] : ['application/json']
        expect(Object.keys(response.content!)).toEqual(expected)
      }
    }
  })

  test('tells what a page may be as numbers, though a query string carries text', () => {
    const { parameters } = document.paths['/orders'].get
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 100 },
      }),
    )
  })

  test('has exactly the routes of orders and returns that are served', () => {
    const ports = { store: memoryStore(), prices: memoryPrices(), views: memoryViews(), clock: () => 0 }
    const received = parcels({ store: memoryCommandRecords(), publish: async () => {}, clock: () => 0 })
    const served = [...orderRoutes(ordering(ports)), ...parcelRoutes(received)].map(
      ({ method, pattern }) =>
        `${method} /${pattern.map((part) => ('name' in part ? `{${part.name}}` : part.literal)).join('/')}`,
    )
    const described = operations
      .filter(({ tag }) => tag === 'Orders' || tag === 'Returns')
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(described.toSorted()).toEqual(served.toSorted())
  })
})

describe('the schemas that are shown', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ $id: 'api', ...document }] })
  const shown = (name: string) => ajv.compile({ $ref: `api#/components/schemas/${name}` })

  test.each([
    ['PlaceOrder', placeOrderBody, aBody],
    ['PutProduct', putProductBody, { name: 'Tea', price: { amount: 450, currency: 'EUR' }, stock: 10 }],
  ] as const)('of %s say yes and no to what the handler says yes and no to', (name, schema, sample) => {
    const validate = shown(name)
    expect(validate(sample)).toBe(true)
    const paths = pathsOf(sample)
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(
          fc.constant(undefined),
          fc.constantFrom(null, 0, -1, 1, 0.5, 1_000, 1_001, 1e12, '', 'x', 'EUR', 'GB', 'TEA-01', [], {}, true),
          fc.string({ maxLength: 250 }),
        ),
        (path, value) => {
          const changed = withValue(sample, path, value)
          const accepted = schema.safeParse(changed)
          // What a schema language cannot say is left to the handler, which then is the stricter one.
          const beyondSchema = !accepted.success && accepted.error.issues.every(({ code }) => code === 'custom')
          expect(validate(changed)).toBe(accepted.success || beyondSchema)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('refuse a field that nobody knows', () => {
    expect(shown('PlaceOrder')({ ...aBody, discount: 1 })).toBe(false)
    expect(shown('PlaceOrder')({ ...aBody, shipTo: { ...aBody.shipTo, planet: 'Mars' } })).toBe(false)
  })

  test('of answers leave room for fields to come', () => {
    expect(shown('OrderPage')({ items: [], more: 1 })).toBe(true)
  })

  test('carry no trace of the tool that wrote them', () => {
    everywhere(document, (node) => expect(Object.keys(node)).not.toContain('$schema'))
    expect(z.string().safeParse(document.info.version).success).toBe(true)
  })
})

/** The JSON paths of a sample, inner ones too. */
const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  value === null || typeof value !== 'object'
    ? [path]
    : [
        ...(path.length > 0 ? [path] : []),
        ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name])),
      ]

const withValue = (sample: unknown, path: readonly string[], value: unknown): unknown => {
  const copy = structuredClone(sample) as Record<string, unknown>
  const parent = path.slice(0, -1).reduce((node, name) => node[name] as Record<string, unknown>, copy)
  parent[path.at(-1)!] = value
  // As it arrives: JSON has no undefined, and an array's hole is null.
  return JSON.parse(JSON.stringify(copy))
}
