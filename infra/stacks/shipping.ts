import type { Construct } from 'constructs'
import { partnerParticipant } from '../constructs/partner-participant.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import type { Use } from '../constructs/use.ts'

/** Shipping: books and cancels shipments with the carriers. */
export class Shipping extends ServiceStack {
  constructor(scope: Construct, site: Site, { carriers }: { carriers: Use }) {
    super(scope, 'shipping', site, 'Shipments by way of the carriers')
    partnerParticipant(this, { table: 'SHIPMENTS_TABLE', partner: carriers, called: 'carriers' })
  }
}
