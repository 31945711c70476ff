import { SNSClient } from '@aws-sdk/client-sns'
import { documentClient } from '../../reactive/database.ts'
import { ownLambda } from '../../reactive/lambda.ts'
import type { Log } from '../../reactive/log.ts'
import { type Consumer, lambdaConsumers } from './consumers.ts'
import { supportEnvironment } from './environment.ts'
import { lambdaCaller, operatorVerbs } from './operators.ts'
import { dynamoSupport } from './store.ts'
import { snsTell } from './tell.ts'
import type { SupportTools } from './treat.ts'

/** The tools of a function of support, made once at cold start. */
export const supportTools = (log: Log): SupportTools => {
  const { SUPPORT_TABLE, CONSUMERS, QUEUE_ARN_PREFIX, FUNCTION_PREFIX, PAGE_TOPIC, CONTEXT_TOPIC, timing } =
    supportEnvironment()
  const lambda = ownLambda()
  const consumerOf = (queue: string): Consumer => {
    const [handler, concurrency] = CONSUMERS[queue] ?? []
    if (handler === undefined || concurrency === undefined)
      throw new Error(`No consumer of ${queue} is known; known: ${Object.keys(CONSUMERS).join(', ')}`)
    return { function: `${FUNCTION_PREFIX}${handler}`, arn: `${QUEUE_ARN_PREFIX}${queue}`, concurrency }
  }
  const named = (handler: string) => `${FUNCTION_PREFIX}${handler}`
  return {
    store: dynamoSupport(documentClient(), SUPPORT_TABLE),
    consumers: lambdaConsumers(lambda, consumerOf),
    operators: operatorVerbs(lambdaCaller(lambda), {
      desk: named('recovery-api'),
      sagas: named('saga-api'),
      orders: named('ordering-api'),
    }),
    tell: snsTell(new SNSClient({}), { page: PAGE_TOPIC, context: CONTEXT_TOPIC }),
    deployed: (queue) => consumerOf(queue),
    sagaPatience: timing.sagaDeadline,
    clock: Date.now,
    log,
  }
}
