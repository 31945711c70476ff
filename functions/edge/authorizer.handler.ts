import middy from '@middy/core'
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { logger } from '../../reactive/log.ts'
import { authorizer } from './authorizer.ts'
import { authorizerEnvironment } from './environment.ts'

const admit = authorizer({ ...authorizerEnvironment(), clock: Date.now }, logger('/edge'))

export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>().handler(admit)
