import type { Construct } from 'constructs'
import { partnerParticipant } from '../constructs/partner-participant.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import type { Table } from '../constructs/table.ts'
import type { Use } from '../constructs/use.ts'

/** Payments: authorises, captures, voids and refunds with the card acquirer. */
export class Payments extends ServiceStack {
  constructor(scope: Construct, site: Site, { acquirer, controls }: { acquirer: Use; controls: Table }) {
    super(scope, 'payments', site, 'Card payments by way of the acquirer')
    partnerParticipant(this, {
      table: 'PAYMENTS_TABLE',
      partner: acquirer,
      called: 'acquirer',
      dependencies: ['acquirer'],
      controls,
    })
  }
}
