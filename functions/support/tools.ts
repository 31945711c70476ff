import { SNSClient } from '@aws-sdk/client-sns'
import { documentClient } from '../../reactive/database.ts'
import { dynamoBreakerStore } from '../../reactive/dynamo-breaker-store.ts'
import { ownLambda } from '../../reactive/lambda.ts'
import type { Log } from '../../reactive/log.ts'
import { type Consumer, lambdaConsumers } from './consumers.ts'
import { supportEnvironment } from './environment.ts'
import { lambdaCaller, operatorVerbs } from './operators.ts'
import { answersAgain } from './partners.ts'
import { dynamoSupport } from './store.ts'
import { snsTell } from './tell.ts'
import type { SupportTools } from './treat.ts'

/** The tools of a function of support, made once at cold start. */
export const supportTools = (log: Log): SupportTools => {
  const {
    STAGE,
    SUPPORT_TABLE,
    CONTROLS_TABLE,
    CONSUMERS,
    PARTNERS,
    QUEUE_ARN_PREFIX,
    FUNCTION_PREFIX,
    OPERATORS,
    PAGE_TOPIC,
    CONTEXT_TOPIC,
    timing,
  } = supportEnvironment()
  const dynamo = documentClient()
  const lambda = ownLambda()
  const consumerOf = (queue: string): Consumer => {
    const [handler, concurrency] = CONSUMERS[queue] ?? []
    if (handler === undefined || concurrency === undefined)
      throw new Error(`No consumer of ${queue} is known; known: ${Object.keys(CONSUMERS).join(', ')}`)
    return { function: `${FUNCTION_PREFIX}${handler}`, arn: `${QUEUE_ARN_PREFIX}${queue}`, concurrency }
  }
  return {
    stage: STAGE,
    store: dynamoSupport(dynamo, SUPPORT_TABLE),
    consumers: lambdaConsumers(lambda, consumerOf),
    operators: operatorVerbs(lambdaCaller(lambda), {
      desk: `${FUNCTION_PREFIX}${OPERATORS.desk}`,
      sagas: `${FUNCTION_PREFIX}${OPERATORS.sagas}`,
      orders: `${FUNCTION_PREFIX}${OPERATORS.orders}`,
    }),
    tell: snsTell(new SNSClient({}), { page: PAGE_TOPIC, context: CONTEXT_TOPIC }),
    deployed: (queue) => consumerOf(queue),
    isBack: answersAgain(dynamoBreakerStore(dynamo, CONTROLS_TABLE, Date.now), PARTNERS),
    sagaPatience: timing.sagaDeadline,
    clock: Date.now,
    log,
  }
}
