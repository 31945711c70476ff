import type { Construct } from 'constructs'
import { minutes, seconds } from '../../reactive/time.ts'
import { sagas } from '../sagas.ts'
import { CommandQueue } from './command-queue.ts'
import { answering } from './saga-inboxes.ts'
import { Schedule } from './schedule.ts'
import { allow, ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import { Table } from './table.ts'
import type { Use } from './use.ts'

/**
 * A context whose commands call a partner: it commits an intent, calls, commits the result. An intent that stays open
 * because its handler died is put back on the command queue once a minute, under the command's own id.
 */
export const partnerParticipant = (scope: Construct, { table: variable, partner }: { table: string; partner: Use }) => {
  const { owner, site } = stackOf(scope)
  const table = new Table(scope, variable, {
    partition: ['orderId', 'S'],
    sort: ['commandId', 'S'],
    indexes: { openIntents: { partition: ['openShard', 'S'], sort: ['openSince', 'N'], includes: 'all' } },
    expires: 'expiresAt',
  })
  const commands = new CommandQueue(scope, owner)
  commands.consume(
    new ServiceFunction(scope, `${owner}-commands`, {
      timeout: site.stage.timing.handlerTimeout,
      uses: [table.use('read', 'write'), partner, answering(scope, sagas)],
    }),
  )
  new Schedule(scope, {
    run: new ServiceFunction(scope, `${owner}-intents`, {
      timeout: seconds(30),
      uses: [
        table.use('read', 'write'),
        {
          environment: { QUEUE_URL: commands.queue.queueUrl },
          statements: [allow(['sqs:SendMessage'], [commands.queue.queueArn])],
        },
      ],
    }),
    every: minutes(1),
  })
}
