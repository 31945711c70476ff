import type { APIGatewayAuthorizerResult } from 'aws-lambda'
import type { Verdict } from './access-token.ts'

/**
 * What API Gateway is told about a caller. The policy covers the whole API, because the gateway keeps it and applies it
 * to the caller's next requests, whichever they are; what a role may do is the services' to check, on every request.
 */
export const policyFor = (
  { subject, role, tenant, scopes }: Pick<Extract<Verdict, { ok: true }>, 'subject' | 'role' | 'tenant' | 'scopes'>,
  methodArn: string,
): APIGatewayAuthorizerResult => ({
  principalId: subject,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: role ? 'Allow' : 'Deny', Resource: wholeApi(methodArn) }],
  },
  // A context carries words, not lists.
  context: {
    subject,
    ...(role ? { role } : {}),
    ...(tenant ? { tenant } : {}),
    ...(scopes ? { scopes: scopes.join(' ') } : {}),
  },
})

/**
 * Every method and path of the stage that a method's ARN belongs to.
 *
 * @example
 * wholeApi('arn:aws:execute-api:eu-central-1:111122223333:abc/v1/GET/orders') // '…:abc/v1/*\/*'
 */
export const wholeApi = (methodArn: string): string => {
  const [api, stage] = methodArn.split('/')
  return `${api}/${stage}/*/*`
}
