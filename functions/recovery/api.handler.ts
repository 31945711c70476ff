import { SQSClient } from '@aws-sdk/client-sqs'
import * as z from 'zod'
import type { Message } from '../../events/envelope.ts'
import { counted } from '../../reactive/counted.ts'
import { environment } from '../../reactive/environment.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { sendAll } from '../../reactive/send.ts'
import { groupRoutes } from './group-routes.ts'
import { recordRoutes } from './record-routes.ts'
import { deskTools } from './tools.ts'

const { SAGAS_QUEUE } = environment({ SAGAS_QUEUE: z.string().min(1) })
const sqs = counted(new SQSClient({}))
const tools = {
  ...deskTools(),
  tellSaga: (message: Message) => sendAll(sqs, SAGAS_QUEUE, [{ message }]),
}

export const handler = httpEndpoint(
  {
    service: '/recovery',
    // Groups first: their paths would be read as those of a record called `groups`.
    routes: [...groupRoutes(tools), ...recordRoutes(tools)],
  },
  tools.observed,
)
