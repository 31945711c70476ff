import type { Construct } from 'constructs'
import { inboxOf } from '../names.ts'
import { allow } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import type { Use } from './use.ts'

/** Lets a participant answer: the inbox of every saga by the saga's name, and the permission to send there. */
export const answering = (scope: Construct, sagas: readonly string[]): Use => {
  const stack = stackOf(scope)
  return {
    environment: {
      SAGA_INBOXES: stack.toJsonString(Object.fromEntries(sagas.map((saga) => [saga, stack.queueUrl(inboxOf(saga))]))),
    },
    statements: [
      allow(
        ['sqs:SendMessage'],
        sagas.map((saga) => stack.queueArn(inboxOf(saga))),
      ),
    ],
  }
}
