import { SQSClient } from '@aws-sdk/client-sqs'
import * as z from 'zod'
import type { Message } from '../../events/envelope.ts'
import { counted } from '../../reactive/counted.ts'
import { environment, json } from '../../reactive/environment.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { ownLambda } from '../../reactive/lambda.ts'
import { sendAll } from '../../reactive/send.ts'
import { foreseeing } from './foresee.ts'
import { groupRoutes } from './group-routes.ts'
import { recordRoutes } from './record-routes.ts'
import { deskTools } from './tools.ts'

const {
  SAGAS_QUEUE,
  NAME_PREFIX: prefix,
  WITNESSES: witnesses,
} = environment({
  SAGAS_QUEUE: z.string().min(1),
  NAME_PREFIX: z.string().min(1),
  WITNESSES: json(z.record(z.string(), z.string())),
})
const sqs = counted(new SQSClient({}))
const tools = {
  ...deskTools(),
  tellSaga: (message: Message) => sendAll(sqs, SAGAS_QUEUE, [{ message }]),
  sagasQueue: SAGAS_QUEUE.slice(SAGAS_QUEUE.lastIndexOf('/') + 1),
  foresee: foreseeing({ witnesses, prefix, invoke: ownLambda().invoke }),
}

export const handler = httpEndpoint(
  {
    service: '/recovery',
    // Groups first: their paths would be read as those of a record called `groups`.
    routes: [...groupRoutes(tools), ...recordRoutes(tools)],
  },
  tools.observed,
)
