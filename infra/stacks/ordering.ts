import type { Construct } from 'constructs'
import { ProductListed } from '../../events/inventory.ts'
import {
  ApprovalRequested,
  CancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  OrderReviewed,
  RefundRequested,
  ReturnCompleted,
  ReturnInspected,
  ReturnRejected,
  ReturnRequested,
} from '../../events/ordering.ts'
import { SagaAdvanced } from '../../events/saga.ts'
import { minutes, seconds } from '../../reactive/time.ts'
import { CommandQueue } from '../constructs/command-queue.ts'
import { publishing } from '../constructs/event-bus.ts'
import { EventSubscription } from '../constructs/event-subscription.ts'
import { EvidenceFunction } from '../constructs/evidence-function.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { answering } from '../constructs/saga-inboxes.ts'
import { Schedule } from '../constructs/schedule.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { StreamHandler } from '../constructs/stream-handler.ts'
import { Table } from '../constructs/table.ts'
import { eventsOf } from '../names.ts'
import { sagas } from '../sagas.ts'

/** Ordering: an event store whose stream is the outbox, and the views that its API reads. */
export class Ordering extends ServiceStack {
  readonly api: ServiceFunction

  constructor(scope: Construct, site: Site) {
    super(scope, 'ordering', site, 'Orders: event store, views and their API')
    const { timing } = site.stage

    const events = new Table(this, 'EVENTS_TABLE', {
      partition: ['orderId', 'S'],
      sort: ['sequence', 'N'],
      // Both images tell an event that was appended from a mark that came or went.
      stream: true,
      indexes: {
        unheard: { partition: ['unheardShard', 'S'], sort: ['unheardSince', 'S'] },
        sent: { partition: ['sentMinute', 'S'], sort: ['sentAt', 'S'], includes: ['type'] },
      },
    })
    const inList = ['placedAt', 'status', 'total', 'reason', 'customerId']
    const views = new Table(this, 'VIEWS_TABLE', {
      partition: ['orderId', 'S'],
      indexes: {
        byCustomer: {
          partition: ['customerId', 'S'],
          sort: ['position', 'S'],
          includes: inList.filter((name) => name !== 'customerId'),
        },
        byPlaced: { partition: ['placedShard', 'S'], sort: ['position', 'S'], includes: inList },
      },
    })
    const prices = new Table(this, 'PRICES_TABLE', { partition: ['sku', 'S'] })

    const followed = { environment: { LEDGER_SHARE: String(site.stage.ledgerShare) } }
    this.api = new ServiceFunction(this, 'ordering-api', {
      timeout: seconds(10),
      memory: 512,
      uses: [events.use('read', 'write'), views.use('read'), prices.use('read', 'scan'), followed],
    })

    const commands = new CommandQueue(this, 'ordering')
    commands.consume(
      new ServiceFunction(this, 'ordering-commands', {
        timeout: timing.handlerTimeout,
        uses: [events.use('read', 'write'), answering(this, sagas), followed],
      }),
    )

    const heard = new ReliableQueue(this, eventsOf('ordering'))
    new EventSubscription(this, {
      to: heard,
      contracts: [
        ProductListed,
        SagaAdvanced,
        // Its own, too: what comes round by the bus has been said, and need not be said again.
        ApprovalRequested,
        OrderReviewed,
        CancellationRequested,
        OrderConfirmed,
        OrderRejected,
        OrderCancelled,
        RefundRequested,
        OrderRefunded,
        OrderRefundRefused,
        ReturnRequested,
        ReturnInspected,
        ReturnCompleted,
        ReturnRejected,
      ],
    })
    heard.consume(
      new ServiceFunction(this, 'ordering-events', {
        timeout: timing.handlerTimeout,
        uses: [events.use('write'), views.use('write'), prices.use('write')],
      }),
    )

    new EvidenceFunction(this, 'ordering-evidence', {
      answersFor: [commands.thing, heard.thing],
      begins: true,
      uses: [events.use('read'), views.use('read'), prices.use('read')],
    })

    new StreamHandler(this, {
      table: events,
      handler: new ServiceFunction(this, 'ordering-relay', {
        timeout: seconds(30),
        uses: [publishing(this, 'ordering')],
      }),
    })
    new StreamHandler(this, {
      table: events,
      handler: new ServiceFunction(this, 'ordering-projector', {
        timeout: seconds(30),
        uses: [views.use('write')],
      }),
    })
    new Schedule(this, {
      run: new ServiceFunction(this, 'ordering-reconciler', {
        timeout: seconds(30),
        uses: [views.use('write'), events.use('read', 'write'), publishing(this, 'ordering')],
      }),
      every: minutes(1),
    })
  }
}
