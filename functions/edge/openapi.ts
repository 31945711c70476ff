import * as z from 'zod'
import * as inventory from '../../events/http/inventory.ts'
import * as ordering from '../../events/http/ordering.ts'
import { problem } from '../../events/http/problem.ts'
import * as recovery from '../../events/http/recovery.ts'
import * as sagas from '../../events/http/sagas.ts'
import type { Operation } from './operations.ts'

type Json = Record<string, unknown>

/** Schemas that the document names; all others stand where they are used. */
const named: Readonly<Record<string, z.ZodType>> = {
  PlaceOrder: ordering.placeOrderBody,
  AcceptedOrder: ordering.acceptedOrder,
  Cancellation: ordering.cancellation,
  Order: ordering.order,
  OrderSummary: ordering.orderSummary,
  OrderPage: ordering.orderPage,
  Price: ordering.price,
  PricePage: ordering.pricePage,
  PutProduct: inventory.putProductBody,
  Product: inventory.product,
  ProductList: inventory.productList,
  FailedSummary: recovery.failedSummary,
  FailedPage: recovery.failedPage,
  FailedRecord: recovery.failedRecord,
  FailedGroup: recovery.failedGroup,
  FailedGroups: recovery.failedGroups,
  FailedCheck: recovery.failedCheck,
  GroupCheck: recovery.groupCheck,
  PatchOperation: recovery.patchOperation,
  Redrive: recovery.redriveBody,
  Redriven: recovery.redriven,
  SagaSummary: sagas.sagaSummary,
  SagaPage: sagas.sagaPage,
  Saga: sagas.sagaDocument,
  SagaAct: sagas.actBody,
  SagaActTaken: sagas.actTaken,
  SagaBulkAct: sagas.bulkActBody,
  SagaBulkTaken: sagas.bulkTaken,
  SagaVersions: sagas.sagaVersions,
  RedriveGroup: recovery.redriveGroupBody,
  RedrivePlan: recovery.redrivePlan,
  StopRedrive: recovery.stopBody,
  Edit: recovery.editBody,
  Edited: recovery.edited,
  Discard: recovery.discardBody,
  Discarded: recovery.discardedDocument,
  Import: recovery.importBody,
  Imported: recovery.imported,
  Problem: problem,
}

const refTo = (name: string) => `#/components/schemas/${name}`

/**
 * The OpenAPI 3.1 document of these operations. It is made of the schemas that the handlers parse with, so the two
 * cannot disagree.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 * @example
 * openApiDocument(operations, '1.0.0').paths['/orders'].post.operationId // 'placeOrder'
 */
export const openApiDocument = (operations: readonly Operation[], version: string) => ({
  openapi: '3.1.1',
  info: {
    title: 'Neverstop',
    version,
    description:
      'Orders that are fulfilled by a saga over several services. Refusals are RFC 9457 problem documents. ' +
      'POST /orders honours Idempotency-Key.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '.', description: 'Where this document was found.' }],
  tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
  paths: pathsOf(operations),
  components: {
    schemas: components(),
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'An access token of the stage’s issuer with the group `customers` or `operators`.',
      },
    },
  },
})

const pathsOf = (operations: readonly Operation[]): Record<string, Json> => {
  const paths: Record<string, Json> = {}
  for (const operation of operations) paths[operation.path] = { ...paths[operation.path], ...itemOf(operation) }
  return paths
}

const itemOf = (operation: Operation): Json => {
  const { id, method, summary, access, tag, body, success, alternatives = {} } = operation
  const headers = Object.entries(success.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ])
  return {
    [method]: {
      operationId: id,
      summary,
      tags: [tag],
      ...(access === 'operator' ? { description: 'For operators.' } : {}),
      security: access === 'open' ? [] : [{ bearer: [] }],
      parameters: parametersOf(operation),
      ...(body ? { requestBody: { required: true, content: jsonContent(body) } } : {}),
      responses: {
        [success.status]: {
          description: success.description,
          ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
          content: jsonContent(success.schema),
        },
        ...Object.fromEntries(
          Object.entries(alternatives).map(([status, description]) => [
            status,
            { description, content: jsonContent(success.schema) },
          ]),
        ),
        ...problemsOf(operation),
      },
    },
  }
}

const parametersOf = ({ parameters = {}, query, headers = {} }: Operation): Json[] => [
  ...Object.entries(parameters).map(([name, schema]) => parameterOf(name, 'path', schema)),
  ...Object.entries(query?.shape ?? {}).map(([name, schema]) => parameterOf(name, 'query', schema)),
  ...Object.entries(headers).map(([name, schema]) => parameterOf(name, 'header', schema)),
]

/** A parameter is described as what it means, not as the text that carries it: `limit` is a number. */
const parameterOf = (name: string, where: 'path' | 'query' | 'header', schema: z.core.$ZodType): Json => {
  const { description, ...rest } = schemaOf(schema, 'output')
  const required = where === 'path' || !z.safeParse(schema, undefined).success
  return { name, in: where, required, ...(description ? { description } : {}), schema: rest }
}

/** What can go wrong with every operation of a kind, and with this one. */
const problemsOf = (operation: Operation): Json => {
  const { access, body, query, problems = {} } = operation
  const usual = {
    ...(body || query ? { 400: body ? 'Malformed JSON or parameters.' : 'Malformed parameters.' } : {}),
    ...(access === 'open' ? {} : { 401: 'No access token, or one that is not valid.' }),
    ...(access === 'operator' ? { 403: 'Not an operator.' } : {}),
    ...(body ? { 413: 'The body is too large.', 422: 'The body breaks its schema; `errors` says where.' } : {}),
    429: 'Too many requests: ask again later.',
    500: 'An error on our side.',
    503: 'Not now: ask the same again.',
  }
  const all = Object.entries({ ...usual, ...problems }).map(([status, description]) => [
    status,
    { description, content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } } },
  ])
  return Object.fromEntries(all)
}

const jsonContent = (schema: z.ZodType): Json => {
  const name = Object.entries(named).find(([, known]) => known === schema)?.[0]
  return { 'application/json': { schema: name ? { $ref: refTo(name) } : schemaOf(schema) } }
}

const schemaOf = (schema: z.core.$ZodType, io: 'input' | 'output' = 'input'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}

const components = (): Json => {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: refTo })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [
      name,
      { ...schema, description: named[name]?.description },
    ]),
  )
}
