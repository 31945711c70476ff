import { EventBus } from 'aws-cdk-lib/aws-events'
import type { Construct } from 'constructs'
import { allow } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import type { Use } from './use.ts'

/** The stage's bus, from its name. */
export const busOf = (scope: Construct) => EventBus.fromEventBusName(scope, 'Bus', stackOf(scope).site.names.bus)

/** Lets a function publish events, but only in the name of their owner. */
export const publishing = (scope: Construct, owner: string): Use => {
  const stack = stackOf(scope)
  const statement = allow(
    ['events:PutEvents'],
    [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: stack.site.names.bus })],
  )
  statement.addCondition('StringEquals', { 'events:source': `neverstop.${owner}` })
  return { environment: { BUS_NAME: stack.site.names.bus }, statements: [statement] }
}
