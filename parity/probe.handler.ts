import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

/**
 * The function of all checks: does what its event tells it to, and bears witness in its log. It is deployed to the
 * endpoint that is judged, bundled like any other handler.
 */
type Order = { do?: string; ms?: number; queue?: string; id?: string }

type Received = {
  messageId?: string
  body?: string
  eventName?: string
  dynamodb?: { SequenceNumber?: string; NewImage?: Image; OldImage?: Image; Keys?: Image }
}
type Image = Record<string, { S?: string; N?: string }>

const ofImage = (image: Image): Order => ({ do: image.do?.S, id: image.id?.S })

const orderOf = ({ body, dynamodb }: Received): Order =>
  body === undefined ? ofImage(dynamodb?.NewImage ?? dynamodb?.OldImage ?? {}) : parsed(body)

const parsed = (body: string): Order => {
  try {
    return JSON.parse(body) as Order
  } catch {
    return {}
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const obey = async ({ do: what, ms = 0, queue }: Order): Promise<unknown> => {
  if (what === 'throw') throw new Error('as told')
  if (what === 'name') throw Object.assign(new Error('as told'), { name: 'OutOfStock' })
  if (what === 'exit') process.exit(7)
  if (ms > 0) await pause(ms)
  if (what !== 'send') return undefined
  const { MessageId } = await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'sent' }))
  return MessageId
}

const witness = (fact: object) => console.log(`witness ${JSON.stringify(fact)}`)

const shown = ({ eventName, dynamodb, ...record }: Received) => ({
  ...orderOf({ dynamodb, ...record }),
  ...(eventName && {
    eventName,
    images: Object.keys(dynamodb ?? {})
      .filter((key) => key.endsWith('Image'))
      .sort(),
  }),
})

type Event = Order & {
  Records?: Received[]
  authorizationToken?: string
  type?: string
  headers?: Record<string, string>
  requestContext?: { authorizer?: unknown }
  httpMethod?: string
  methodArn?: string
}

export const handler = async (event: Event, context: { awsRequestId: string }): Promise<unknown> => {
  if (event.methodArn) return admit(event)
  if (event.httpMethod) return { statusCode: 200, body: JSON.stringify(event.requestContext?.authorizer ?? null) }
  const { Records: records } = event
  const began = Date.now()
  const { Records: _, ...direct } = event
  const seen = records ? records.map(shown) : [direct]
  witness({ request: context.awsRequestId, began, seen })
  if (!records) {
    const answer = await obey(event)
    witness({ request: context.awsRequestId, ended: Date.now() })
    return answer ?? seen[0]
  }
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const record of records) {
    const order = orderOf(record)
    if (order.do === 'report') {
      batchItemFailures.push({ itemIdentifier: record.messageId ?? record.dynamodb?.SequenceNumber ?? '' })
      if (record.dynamodb) break
    } else await obey(order)
  }
  witness({ request: context.awsRequestId, ended: Date.now() })
  return { batchItemFailures }
}

/** As an authorizer: the word in the header decides. */
const admit = ({ headers = {}, methodArn = '' }: Event) => {
  const word = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
  if (word !== 'yes' && word !== 'no') throw new Error('Unauthorized')
  return {
    principalId: 'alice',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: word === 'yes' ? 'Allow' : 'Deny', Resource: methodArn }],
    },
    context: { role: 'customer', level: 3 },
  }
}
