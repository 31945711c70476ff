import type { Construct } from 'constructs'
import type { AnyContract } from '../../events/contract.ts'
import { contexts } from '../../events/contract.ts'
import { contractsOf } from '../../events/index.ts'
import { DirectSaga, WakeSaga } from '../../events/saga.ts'
import { longestDelay } from '../../reactive/delay.ts'
import { seconds } from '../../reactive/time.ts'
import { eventsOf } from '../../sagas/engine/definition.ts'
import { definitions } from '../../sagas/index.ts'
import { publishing } from '../constructs/event-bus.ts'
import { EventSubscription } from '../constructs/event-subscription.ts'
import { EvidenceFunction } from '../constructs/evidence-function.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { sagaAlarms } from '../constructs/saga-alarms.ts'
import { Schedule } from '../constructs/schedule.ts'
import { allow, ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { StreamHandler } from '../constructs/stream-handler.ts'
import { Table } from '../constructs/table.ts'
import type { Use } from '../constructs/use.ts'
import { commandsOf, inboxOf, wakeups } from '../names.ts'
import { sagas } from '../sagas.ts'

/** The inbox of a saga: what it is told, and the commands by which other sagas call it. */
export class SagaInbox extends ReliableQueue {
  readonly contracts: readonly AnyContract[]

  constructor(scope: Construct, saga: string) {
    super(scope, inboxOf(saga))
    const calls = definitions.filter(({ name }) => name === saga).flatMap(({ call }) => call?.by ?? [])
    this.contracts = [...new Set(calls)]
  }
}

/** The queue of the coordinator's own commands, timers and operators' acts, apart from the inboxes with their replies. */
export class WakeupQueue extends ReliableQueue {
  readonly contracts: readonly AnyContract[] = [WakeSaga, DirectSaga]

  constructor(scope: Construct, thing: string) {
    // A timer lies in it until its time has come.
    super(scope, thing, { delay: longestDelay })
  }
}

/** Sagas: one inbox a definition, the coordinator that reads them all, the sweeper's clock, and what operators see. */
export class Sagas extends ServiceStack {
  constructor(scope: Construct, site: Site) {
    super(scope, 'sagas', site, 'Saga coordinator, its state and its clock')
    const { timing } = site.stage

    const table = new Table(this, 'SAGAS_TABLE', {
      partition: ['sagaId', 'S'],
      // A start never changes and the way once: counting sagas by them costs the index next to no writes.
      indexes: {
        due: { partition: ['dueShard', 'S'], sort: ['dueAt', 'N'], includes: ['startedAt', 'mode'] },
      },
      stream: true,
      expires: 'expiresAt',
    })
    const inboxes = sagas.map((saga) => new SagaInbox(this, saga))
    const woken = new WakeupQueue(this, wakeups)
    const waking = {
      environment: { WAKEUPS_QUEUE: woken.queue.queueUrl },
      statements: [allow(['sqs:SendMessage'], [woken.queue.queueArn])],
    }

    sagas.forEach((saga, index) => {
      new EventSubscription(this, { to: inboxes[index]!, contracts: eventsOfSaga(saga) })
    })

    const commanded = contexts.filter(
      (context) => context !== 'saga' && context !== 'support' && contractsOf(context, 'command').length > 0,
    )
    const read = [...inboxes, woken]
    const byName = (url: (queue: ReliableQueue) => string) =>
      this.toJsonString(Object.fromEntries(read.map((queue) => [site.names.queue(queue.thing), url(queue)])))
    const coordinator = new ServiceFunction(this, 'saga-coordinator', {
      timeout: timing.handlerTimeout,
      memory: 512,
      uses: [
        table.use('read', 'write'),
        waking,
        {
          environment: {
            COMMAND_QUEUES: this.toJsonString(
              Object.fromEntries([
                ...commanded.map((context) => [context, this.queueUrl(commandsOf(context))]),
                ...inboxes.map(({ thing, queue }) => [thing, queue.queueUrl]),
              ]),
            ),
            QUEUE_URL: byName(({ queue }) => queue.queueUrl),
            DEAD_LETTER_QUEUE: byName(({ dead }) => dead.queue.queueUrl),
          },
          statements: [
            // Sagas call each other, and look whether a queue has fallen behind before they take silence for an answer.
            allow(
              ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
              [
                ...commanded.map((context) => this.queueArn(commandsOf(context))),
                ...inboxes.map(({ queue }) => queue.queueArn),
              ],
            ),
          ],
        },
      ],
    })
    for (const queue of read) queue.consume(coordinator, { tell: false })

    new EvidenceFunction(this, 'saga-evidence', {
      answersFor: read.map(({ thing }) => thing),
      uses: [table.use('read')],
    })

    new Schedule(this, {
      run: new ServiceFunction(this, 'saga-sweeper', {
        timeout: seconds(30),
        reserved: 2,
        uses: [
          table.use('read', 'write'),
          waking,
          {
            environment: {
              SAGA_INBOXES: this.toJsonString(
                Object.fromEntries(sagas.map((saga, index) => [saga, inboxes[index]!.queue.queueUrl])),
              ),
            },
            statements: [
              allow(
                ['sqs:GetQueueAttributes'],
                inboxes.map(({ queue }) => queue.queueArn),
              ),
            ],
          },
        ],
      }),
      every: timing.sweep,
    })
    new StreamHandler(this, {
      table,
      handler: new ServiceFunction(this, 'saga-relay', { timeout: seconds(30), uses: [publishing(this, 'saga')] }),
    })
    sagaAlarms(this, sagas)
    this.operators(table, waking)
  }

  /** What operators look at and speak to: a history off the hot path, and an API that asks the coordinator by message. */
  private operators(table: Table, waking: Use) {
    const history = new Table(this, 'HISTORY_TABLE', {
      partition: ['sagaId', 'S'],
      sort: ['revision', 'N'],
      indexes: { listed: { partition: ['listShard', 'S'], sort: ['position', 'S'], includes: inLists } },
      expires: 'expiresAt',
    })
    new StreamHandler(this, {
      table,
      handler: new ServiceFunction(this, 'saga-historian', {
        timeout: seconds(30),
        uses: [history.use('write', 'batch')],
      }),
      // Several commits of a saga then cost one write of its line.
      gather: seconds(2),
    })
    new ServiceFunction(this, 'saga-api', {
      timeout: seconds(20),
      reserved: 5,
      memory: 512,
      uses: [table.use('read'), history.use('read'), waking],
    })
  }
}

/** What lists show and filter by. */
const inLists = [
  ...['seen', 'definition', 'version', 'subject', 'tenant', 'state', 'failedStep'],
  ...['because', 'startedAt', 'updatedAt', 'dueAt'],
]

/** What starts, cancels or signals a saga, in any of its versions. */
const eventsOfSaga = (saga: string): readonly AnyContract[] => [
  ...new Set(definitions.filter(({ name }) => name === saga).flatMap(eventsOf)),
]
