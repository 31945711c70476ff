import type { Construct } from 'constructs'
import { carriers as carrierNames } from '../../events/partners/carriers.ts'
import { seconds } from '../../reactive/time.ts'
import { publishing } from '../constructs/event-bus.ts'
import { partnerParticipant } from '../constructs/partner-participant.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import type { Table } from '../constructs/table.ts'
import type { Use } from '../constructs/use.ts'

/** Shipping: books and cancels shipments with the carriers, and hears what comes back. */
export class Shipping extends ServiceStack {
  constructor(scope: Construct, site: Site, { carriers, controls }: { carriers: Use; controls: Table }) {
    super(scope, 'shipping', site, 'Shipments by way of the carriers')
    const { table } = partnerParticipant(this, {
      table: 'SHIPMENTS_TABLE',
      partner: carriers,
      called: 'carriers',
      dependencies: carrierNames,
      controls,
    })
    new ServiceFunction(this, 'shipping-api', {
      timeout: seconds(10),
      memory: 512,
      uses: [table.use('read'), publishing(this, 'shipping')],
    })
  }
}
