import * as z from 'zod'
import { listProductsQuery, putProductBody } from '../../events/http/inventory.ts'
import { defaultPage } from '../../events/http/paging.ts'
import { sku } from '../../events/vocabulary.ts'
import { type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import type { catalogueOf } from './catalogue.ts'

const aProduct = z.object({ sku })
/** The catalogue goes on after a product, so its cursor is one. */
const productsQuery = listProductsQuery.extend({ cursor: sku.optional() })

/** The routes of `/products`: everybody may look, operators change. */
export const productRoutes = (catalogue: ReturnType<typeof catalogueOf>): readonly Route[] => [
  route('GET', '/products', { access: 'signed-in', query: productsQuery }, async ({ query, log }) => {
    const { limit = defaultPage, cursor } = query
    const { unreadable, ...page } = await catalogue.list(limit, cursor)
    if (unreadable.length > 0) log.error('left damaged products out of a list', { skus: unreadable })
    return json(200, page)
  }),

  route('GET', '/products/{sku}', { access: 'signed-in', params: aProduct }, async ({ params }) => {
    const product = await catalogue.show(params.sku)
    if (product) return json(200, product)
    return problem(404, 'No such product', `There is no product ${params.sku}. GET /products lists them.`, {
      code: 'no-such-product',
    })
  }),

  route('PUT', '/products/{sku}', { access: 'operator', params: aProduct, body: putProductBody }, async (request) => {
    const put = await catalogue.put(request.params.sku, request.body)
    if (!('refused' in put)) return json(200, put)
    return put.refused === 'too-many-at-once'
      ? problem(422, 'Too many units at once', put.because, { code: put.refused })
      : problem(409, 'Fewer units than committed', put.because, { code: put.refused })
  }),
]
