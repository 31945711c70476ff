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
    id: 'listFailedGroups',
    method: 'get',
    path: '/failed/groups',
    summary: 'List messages that could not be handled by their cause',
    access: 'operator',
    tag: 'Failed messages',
    query: recovery.groupsQuery,
    success: { status: 200, description: 'Groups.', schema: recovery.failedGroups },
  },
  {
    id: 'showFailedGroup',
    method: 'get',
    path: '/failed/groups/{fingerprint}',
    summary: 'Show a group with its newest staged redrive',
    access: 'operator',
    tag: 'Failed messages',
    parameters: recovery.groupParams.shape,
    success: { status: 200, description: 'The group.', schema: recovery.failedGroup },
    problems: { 404: 'There is no such group.' },
  },
  {
    id: 'checkFailedGroup',
    method: 'get',
    path: '/failed/groups/{fingerprint}/check',
    summary: 'Tell which messages of a group would be taken if they went back now',
    access: 'operator',
    tag: 'Failed messages',
    parameters: recovery.groupParams.shape,
    success: { status: 200, description: 'What stands in the way, message by message.', schema: recovery.groupCheck },
    problems: { 404: 'There is no such group.' },
  },
  {
    id: 'redriveFailedGroup',
    method: 'post',
    path: '/failed/groups/{fingerprint}/redrive',
    summary: 'Put a group back in stages: one, ten, the rest at a rate',
    access: 'operator',
    tag: 'Failed messages',
    parameters: recovery.groupParams.shape,
    body: recovery.redriveGroupBody,
    success: {
      status: 202,
      description: 'The staged redrive has begun; the group shows how it gets on.',
      schema: recovery.redrivePlan,
    },
    problems: { 404: 'There is no such group.', 409: 'One is under way already, or nothing is open.' },
  },
  {
    id: 'stopFailedGroup',
    method: 'post',
    path: '/failed/groups/{fingerprint}/stop',
    summary: 'Stop the staged redrive of a group',
    access: 'operator',
    tag: 'Failed messages',
    parameters: recovery.groupParams.shape,
    body: recovery.stopBody,
    success: { status: 200, description: 'Nothing more is sent.', schema: recovery.redrivePlan },
    problems: { 409: 'None is under way.' },
  },
  {
    id: 'importFailed',
    method: 'post',
    path: '/failed/import',
    summary: 'Take exported records in',
    access: 'operator',
    tag: 'Failed messages',
    body: recovery.importBody,
    success: { status: 200, description: 'What became of each record.', schema: recovery.imported },
  },
  {
    id: 'showFailed',
    method: 'get',
    path: '/failed/{id}',
    summary: 'Show a failed message; `reveal` shows what is personal, to those who may, and is audited',
    access: 'operator',
    tag: 'Failed messages',
    parameters: { id: recovery.failedId },
    query: recovery.showFailedQuery,
    success: { status: 200, description: 'The record.', schema: recovery.failedRecord },
    problems: { 404: 'There is no such record.' },
  },
  {
    id: 'checkFailed',
    method: 'get',
    path: '/failed/{id}/check',
    summary: 'Tell whether a message would be taken if it went back now',
    access: 'operator',
    tag: 'Failed messages',
    parameters: { id: recovery.failedId },
    success: { status: 200, description: 'What stands in the way.', schema: recovery.failedCheck },
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
    id: 'editFailed',
    method: 'post',
    path: '/failed/{id}/edit',
    summary: 'Mend a message by a JSON Patch; its id stays, what came is kept',
    access: 'operator',
    tag: 'Failed messages',
    parameters: { id: recovery.failedId },
    body: recovery.editBody,
    success: { status: 200, description: 'What was changed, or would be.', schema: recovery.edited },
    problems: { 404: 'There is no such record.', 409: 'It is on its way back, or settled.' },
  },
  {
    id: 'discardFailed',
    method: 'post',
    path: '/failed/{id}/discard',
    summary: 'Put a message away for good, and erase it when asked to',
    access: 'operator',
    tag: 'Failed messages',
    parameters: { id: recovery.failedId },
    body: recovery.discardBody,
    success: { status: 200, description: 'It is put away, or would be.', schema: recovery.discardedDocument },
    problems: { 404: 'There is no such record.', 409: 'It is on its way back, or settled.' },
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
