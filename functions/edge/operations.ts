import * as z from 'zod'
import * as inventory from '../../events/http/inventory.ts'
import * as ordering from '../../events/http/ordering.ts'
import * as recovery from '../../events/http/recovery.ts'
import * as sagas from '../../events/http/sagas.ts'
import { orderId, sku } from '../../events/vocabulary.ts'

export type Operation = {
  readonly id: string
  readonly method: 'get' | 'post' | 'put'
  readonly path: string
  readonly summary: string
  readonly access: 'open' | 'customer' | 'operator'
  readonly tag: 'Orders' | 'Products' | 'Failed messages' | 'Sagas' | 'Service'
  readonly parameters?: z.ZodRawShape
  readonly query?: z.ZodObject
  readonly headers?: z.ZodRawShape
  readonly body?: z.ZodType
  readonly success: {
    readonly status: number
    readonly description: string
    readonly schema: z.ZodType
    readonly headers?: Readonly<Record<string, string>>
  }
  /** Other statuses under which the same document comes. */
  readonly alternatives?: Readonly<Record<number, string>>
  /** Refusals besides those that every operation of its kind has. */
  readonly problems?: Readonly<Record<number, string>>
}

export const health = z.object({ status: z.literal('ok') }).meta({ description: 'The API answers.' })

/** Any OpenAPI document: its own schema is the specification's. */
const openApi = z.looseObject({ openapi: z.string() })

const anOrder = { id: orderId }
/** Saying an act again under the same key is the same act. */
const anAct = { 'Idempotency-Key': ordering.idempotencyKey.optional() }
const location = { Location: 'The order, relative to the address of this request.' }

/** Every operation of the public API, in the order in which it is read. */
export const operations: readonly Operation[] = [
  {
    id: 'placeOrder',
    method: 'post',
    path: '/orders',
    summary: 'Place an order',
    access: 'customer',
    tag: 'Orders',
    headers: { 'Idempotency-Key': ordering.idempotencyKey.optional() },
    body: ordering.placeOrderBody,
    success: {
      status: 202,
      description: 'The order is recorded; its Location tells how it goes on.',
      schema: ordering.acceptedOrder,
      headers: location,
    },
    problems: { 422: 'The body breaks its schema, a product is unknown, or the key was used for another order.' },
  },
  {
    id: 'listOrders',
    method: 'get',
    path: '/orders',
    summary: 'List your orders, the newest first; an operator lists all',
    access: 'customer',
    tag: 'Orders',
    query: ordering.listOrdersQuery,
    success: { status: 200, description: 'A page of orders.', schema: ordering.orderPage },
    problems: { 403: 'A customer asked for the orders of another.' },
  },
  {
    id: 'showOrder',
    method: 'get',
    path: '/orders/{id}',
    summary: 'Show an order with its history',
    access: 'customer',
    tag: 'Orders',
    parameters: anOrder,
    success: { status: 200, description: 'The order.', schema: ordering.order },
    problems: { 404: 'There is no such order, or it is not yours.' },
  },
  {
    id: 'cancelOrder',
    method: 'post',
    path: '/orders/{id}/cancel',
    summary: 'Ask for an order to be cancelled',
    access: 'customer',
    tag: 'Orders',
    parameters: anOrder,
    success: {
      status: 202,
      description: 'Noted. Whether it came in time, the order tells.',
      schema: ordering.cancellation,
      headers: location,
    },
    problems: { 404: 'There is no such order, or it is not yours.', 409: 'The order has ended already.' },
  },
  {
    id: 'refundOrder',
    method: 'post',
    path: '/orders/{id}/refund',
    summary: 'Give back the whole total of a confirmed order',
    access: 'operator',
    tag: 'Orders',
    parameters: anOrder,
    body: ordering.refundBody,
    success: {
      status: 202,
      description: 'Noted, now or before. What came of it, the order tells.',
      schema: ordering.refund,
      headers: location,
    },
    problems: { 404: 'There is no such order.', 409: 'The order is not confirmed.' },
  },
  {
    id: 'listPrices',
    method: 'get',
    path: '/prices',
    summary: 'List what an order placed now would pay',
    access: 'customer',
    tag: 'Orders',
    query: ordering.listPricesQuery,
    success: { status: 200, description: 'A page of the price list.', schema: ordering.pricePage },
  },
  {
    id: 'listProducts',
    method: 'get',
    path: '/products',
    summary: 'List the catalogue with what is available',
    access: 'customer',
    tag: 'Products',
    query: inventory.listProductsQuery,
    success: { status: 200, description: 'A page of the catalogue.', schema: inventory.productList },
  },
  {
    id: 'showProduct',
    method: 'get',
    path: '/products/{sku}',
    summary: 'Show a product',
    access: 'customer',
    tag: 'Products',
    parameters: { sku },
    success: { status: 200, description: 'The product.', schema: inventory.product },
    problems: { 404: 'There is no such product.' },
  },
  {
    id: 'putProduct',
    method: 'put',
    path: '/products/{sku}',
    summary: 'List a product, change it, or put units of it on the shelves',
    access: 'operator',
    tag: 'Products',
    parameters: { sku },
    body: inventory.putProductBody,
    success: { status: 200, description: 'The product as it is listed now.', schema: inventory.product },
    problems: { 409: 'Fewer units than are promised or sold.' },
  },
  {
    id: 'listFailed',
    method: 'get',
    path: '/failed',
    summary: 'List messages that could not be handled',
    access: 'operator',
    tag: 'Failed messages',
    query: recovery.listFailedQuery,
    success: { status: 200, description: 'A page of failed messages.', schema: recovery.failedPage },
  },
  {
    id: 'showFailed',
    method: 'get',
    path: '/failed/{id}',
    summary: 'Show a failed message with its payload',
    access: 'operator',
    tag: 'Failed messages',
    parameters: { id: recovery.failedId },
    success: { status: 200, description: 'The record.', schema: recovery.failedRecord },
    problems: { 404: 'There is no such record.' },
  },
  {
    id: 'redriveFailed',
    method: 'post',
    path: '/failed/{id}/redrive',
    summary: 'Put a failed message back where it came from',
    access: 'operator',
    tag: 'Failed messages',
    parameters: { id: recovery.failedId },
    body: recovery.redriveBody,
    success: { status: 202, description: 'The message is back in its queue.', schema: recovery.redriven },
    problems: { 404: 'There is no such record.', 409: 'It cannot be put back as it is.' },
  },
  {
    id: 'listSagas',
    method: 'get',
    path: '/sagas',
    summary: 'List sagas, the newest first',
    access: 'operator',
    tag: 'Sagas',
    query: sagas.listSagasQuery,
    success: { status: 200, description: 'A page of sagas.', schema: sagas.sagaPage },
  },
  {
    id: 'listSagaVersions',
    method: 'get',
    path: '/sagas/versions',
    summary: 'List the versions of every definition with the instances that each still has',
    access: 'operator',
    tag: 'Sagas',
    success: { status: 200, description: 'The versions.', schema: sagas.sagaVersions },
  },
  {
    id: 'actOnSagas',
    method: 'post',
    path: '/sagas/acts',
    summary: 'Do the same to every unfinished saga that a filter means',
    access: 'operator',
    tag: 'Sagas',
    query: sagas.actQuery,
    headers: anAct,
    body: sagas.bulkActBody,
    success: { status: 202, description: 'The acts are on their way, at the rate asked for.', schema: sagas.bulkTaken },
    alternatives: { 200: 'A dry run: what would come of it.' },
  },
  {
    id: 'showSaga',
    method: 'get',
    path: '/sagas/{id}',
    summary: 'Show a saga with its state, what it waits for, and its history',
    access: 'operator',
    tag: 'Sagas',
    parameters: { id: sagas.sagaId },
    success: { status: 200, description: 'The saga.', schema: sagas.sagaDocument },
    problems: { 404: 'There is no such saga.' },
  },
  {
    id: 'actOnSaga',
    method: 'post',
    path: '/sagas/{id}/acts',
    summary: 'Retry, skip, resolve, compensate, cancel or signal',
    access: 'operator',
    tag: 'Sagas',
    parameters: { id: sagas.sagaId },
    query: sagas.actQuery,
    headers: anAct,
    body: sagas.actBody,
    success: {
      status: 202,
      description: 'The act is on its way.',
      schema: sagas.actTaken,
      headers: { Location: 'The saga, relative to the address of this request.' },
    },
    alternatives: { 200: 'A dry run: what would come of it.' },
    problems: { 404: 'There is no such saga.', 409: 'The verb does not fit the state; `detail` says why.' },
  },
  {
    id: 'openApi',
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    access: 'open',
    tag: 'Service',
    success: { status: 200, description: 'An OpenAPI 3.1 document.', schema: openApi },
  },
  {
    id: 'health',
    method: 'get',
    path: '/health',
    summary: 'Whether the API answers',
    access: 'open',
    tag: 'Service',
    success: { status: 200, description: 'It does.', schema: health },
  },
]
