import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { invoked } from '../../reactive/invoked.ts'
import { authorizer } from './authorizer.ts'
import { authorizerEnvironment } from './environment.ts'

export const handler = invoked<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>(
  '/edge',
  authorizer({ ...authorizerEnvironment(), clock: Date.now }),
)
