import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import type { Invocation } from '../../reactive/invoked.ts'
import { judge, type Trust } from './access-token.ts'
import { policyFor } from './policy.ts'

/**
 * Admits callers to the API.
 *
 * @throws Error('Unauthorized') for a token that is not good: the one word that API Gateway answers with 401. Anything
 * else that is thrown becomes a 500.
 */
export const authorizer =
  (trust: Trust) =>
  async (
    { headers, methodArn, requestContext }: APIGatewayRequestAuthorizerEvent,
    { line }: Pick<Invocation, 'line'>,
  ): Promise<APIGatewayAuthorizerResult> => {
    const verdict = await judge(trust)(authorizationOf(headers ?? {}))
    // The line of the request that is let in carries the same id. Not every emulator tells it to an authorizer.
    const requestId: string | undefined = requestContext?.requestId
    const traits = requestId === undefined ? {} : { request_id: requestId, correlation_id: requestId }
    if (!verdict.ok) {
      line('warn', `refused: ${verdict.because}`, { ...traits, outcome: 'refused' })
      throw new Error('Unauthorized')
    }
    // Not who: the requests that follow say what they are about, and a customer's name has no place in a log.
    const { role } = verdict
    line('info', role ? 'admitted' : 'has no part here', { ...traits, outcome: role ? 'admitted' : 'denied', role })
    return policyFor(verdict, methodArn)
  }

/** Header names keep the case that the client wrote. */
const authorizationOf = (headers: Record<string, string | undefined>): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
