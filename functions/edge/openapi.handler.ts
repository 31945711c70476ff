import { httpEndpoint, route } from '../../reactive/http-endpoint.ts'
import { json } from '../../reactive/problem.ts'
import { openApiDocument } from './openapi.ts'
import { operations } from './operations.ts'

/** The version of the public interface, not of the code: it changes when a client could notice. */
const version = '1.0.0'
const document = openApiDocument(operations, version)

export const handler = httpEndpoint({
  service: '/edge',
  routes: [
    route('GET', '/openapi.json', { access: 'open' }, async () => json(200, document)),
    route('GET', '/health', { access: 'open' }, async () => json(200, { status: 'ok' })),
  ],
})
