import type { Construct } from 'constructs'
import { OrderConfirmed } from '../../events/ordering.ts'
import { seconds } from '../../reactive/time.ts'
import { CommandQueue } from '../constructs/command-queue.ts'
import { publishing } from '../constructs/event-bus.ts'
import { EventSubscription } from '../constructs/event-subscription.ts'
import { EvidenceFunction } from '../constructs/evidence-function.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { answering } from '../constructs/saga-inboxes.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { StreamHandler } from '../constructs/stream-handler.ts'
import { Table } from '../constructs/table.ts'
import { eventsOf } from '../names.ts'
import { sagas } from '../sagas.ts'

/** Inventory: products, what is in stock, and what is reserved for whom. */
export class Inventory extends ServiceStack {
  constructor(scope: Construct, site: Site) {
    super(scope, 'inventory', site, 'Products, stock and reservations')
    const { timing } = site.stage

    const stock = new Table(this, 'STOCK_TABLE', { partition: ['sku', 'S'], stream: true })
    const reservations = new Table(this, 'RESERVATIONS_TABLE', {
      partition: ['orderId', 'S'],
      sort: ['commandId', 'S'],
      expires: 'expiresAt',
    })

    new ServiceFunction(this, 'inventory-api', {
      timeout: seconds(10),
      memory: 512,
      // The scan of reservations repairs a damaged stock record.
      uses: [stock.use('read', 'write', 'scan'), reservations.use('scan')],
    })

    const commands = new CommandQueue(this, 'inventory')
    commands.consume(
      new ServiceFunction(this, 'inventory-commands', {
        timeout: timing.handlerTimeout,
        uses: [stock.use('read', 'write'), reservations.use('read', 'write'), answering(this, sagas)],
      }),
    )

    const heard = new ReliableQueue(this, eventsOf('inventory'))
    new EventSubscription(this, { to: heard, contracts: [OrderConfirmed] })
    heard.consume(
      new ServiceFunction(this, 'inventory-events', {
        timeout: timing.handlerTimeout,
        // A sale moves no units.
        uses: [reservations.use('read', 'write')],
      }),
    )

    new EvidenceFunction(this, 'inventory-evidence', {
      answersFor: [commands.thing, heard.thing],
      begins: true,
      // The catalogue is scanned for products that were listed anew.
      uses: [stock.use('read', 'scan'), reservations.use('read')],
    })

    new StreamHandler(this, {
      table: stock,
      handler: new ServiceFunction(this, 'inventory-relay', {
        timeout: seconds(30),
        uses: [publishing(this, 'inventory')],
      }),
    })
  }
}
