import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import * as z from 'zod'
import { defaultPage } from '../../events/http/paging.ts'
import { failedId, listFailedQuery, redriveBody } from '../../events/http/recovery.ts'
import { httpEndpoint, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import { DESK_TABLE, QUEUE_URLS } from './api.environment.ts'
import { documentOf } from './documents.ts'
import { redrive } from './redrive.ts'
import { deskStore } from './store.ts'

const desk = deskStore(new DynamoDBClient({}), DESK_TABLE)
const sqs = new SQSClient({})
const params = z.strictObject({ id: failedId })

const unknown = (id: string) =>
  problem(404, 'No such failed message', `There is no failed message ${id}. GET /failed lists them.`)

export const handler = httpEndpoint({
  service: '/recovery',
  routes: [
    route('GET', '/failed', { access: 'operator', query: listFailedQuery }, async ({ query }) => {
      const { limit = defaultPage, cursor, status, class: failureClass } = query
      return json(200, await desk.page({ limit, before: cursor, status, class: failureClass }))
    }),
    route('GET', '/failed/{id}', { access: 'operator', params }, async ({ params: { id } }) => {
      const record = await desk.load(id)
      return record ? json(200, documentOf(record)) : unknown(id)
    }),
    route(
      'POST',
      '/failed/{id}/redrive',
      { access: 'operator', params, body: redriveBody },
      async ({ params: { id }, body: { reason }, caller, requestId, log }) => {
        const result = await redrive(
          { recordId: id, actId: requestId, by: caller.subject, reason },
          {
            desk,
            knows: (queue) => Object.hasOwn(QUEUE_URLS, queue),
            send: async (queue, body) => {
              await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URLS[queue], MessageBody: body }))
            },
            clock: Date.now,
          },
        )
        if ('refused' in result)
          return result.refused === 'unknown-record'
            ? unknown(id)
            : problem(409, 'Cannot be redriven', result.detail, { type: `urn:neverstop:problem:${result.refused}` })
        log.info('redriven', { record_id: id, by: caller.subject, reason, queue: result.record.origin })
        return json(202, { id, status: result.record.status, queue: result.record.origin })
      },
    ),
  ],
})
