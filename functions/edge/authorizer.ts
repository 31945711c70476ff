import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import type { Log } from '../../reactive/log.ts'
import { judge, type Trust } from './access-token.ts'
import { policyFor } from './policy.ts'

/**
 * Admits callers to the API.
 *
 * @throws Error('Unauthorized') for a token that is not good: the one word that API Gateway answers with 401. Anything
 * else that is thrown becomes a 500.
 */
export const authorizer =
  (trust: Trust, log: Pick<Log, 'info' | 'warn'>) =>
  async ({ headers, methodArn }: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const verdict = await judge(trust)(authorizationOf(headers ?? {}))
    if (!verdict.ok) {
      log.warn(`refused: ${verdict.because}`)
      throw new Error('Unauthorized')
    }
    // Not who: the requests that follow say what they are about, and a customer's name has no place in a log.
    log.info(verdict.role ? 'admitted' : 'has no part here', { role: verdict.role })
    return policyFor(verdict, methodArn)
  }

/** Header names keep the case that the client wrote. */
const authorizationOf = (headers: Record<string, string | undefined>): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
