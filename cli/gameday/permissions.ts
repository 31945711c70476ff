import { randomUUID } from 'node:crypto'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { namesOf } from '../../infra/names.ts'
import { Failure } from '../../local/failure.ts'
import { sigV4 } from '../../reactive/signing.ts'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'

/** The name of the policy by which a game day takes something away. */
const policy = 'gameday'

/**
 * Forbids a function everything about a table, by a policy of its role, as a deployment that went wrong would.
 * Resolves to what allows it again. One request of IAM's old query protocol is not worth an SDK.
 *
 * @throws Failure when IAM refuses.
 *
 * @example
 * const allow = await forbidden(system)('ordering-api', 'ControlsTable')
 */
export const forbidden = (system: System) => {
  const { credentials, endpoint } = system.clientConfig
  const sign = sigV4({ credentials, region: 'us-east-1', service: 'iam', clock: Date.now })
  const ask = async (parameters: Record<string, string>) => {
    const url = new URL('/', endpoint)
    const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString()
    const headers = await sign({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    const answer = await fetch(url, { method: 'POST', headers, body })
    if (!answer.ok) throw new Failure(`IAM refuses ${parameters.Action}: ${(await answer.text()).slice(0, 300)}`)
  }
  return async (handler: string, table: string): Promise<() => Promise<void>> => {
    const lambda = new LambdaClient(system.clientConfig)
    const { Role = '' } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: namesOf(system.stage).function(handler) }),
    )
    lambda.destroy()
    const terms = { RoleName: Role.split('/').at(-1)!, PolicyName: `${policy}-${randomUUID().slice(0, 8)}` }
    const Resource = [`arn:aws:dynamodb:*:*:table/${outputOf(system, table)}`]
    await ask({
      ...terms,
      Action: 'PutRolePolicy',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Action: 'dynamodb:*', Resource }],
      }),
    })
    return () => ask({ ...terms, Action: 'DeleteRolePolicy' })
  }
}
