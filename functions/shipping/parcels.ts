import { type Message, seal } from '../../events/envelope.ts'
import { ParcelReceived } from '../../events/shipping.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import type { ShipmentResult, ShippingIntent } from './decide.ts'

type Ports = {
  readonly store: Pick<CommandRecords<ShippingIntent, ShipmentResult>, 'ofOrder'>
  readonly publish: (messages: readonly Message[]) => Promise<void>
  readonly clock: Clock
}

/**
 * A carrier, or somebody at the gate, says that a parcel has come back. Nothing is stored of it: the event is accepted by
 * the bus before this answers, and who gets no answer says it again, under the same id. What is not ours is `unknown`.
 *
 * @throws when the bus has not accepted the event.
 *
 * @example
 * await parcels({ store, publish, clock: Date.now })(orderId, 'swift-r-…') // { carrier: 'swift', … }
 */
export const parcels =
  ({ store, publish, clock }: Ports) =>
  async (orderId: string, trackingNumber?: string): Promise<ShipmentResult | 'unknown'> => {
    for (const record of await store.ofOrder(orderId)) {
      if (record.state !== 'done' || !('kind' in record.intent) || record.intent.kind !== 'return') continue
      const { result } = record
      if (trackingNumber !== undefined && trackingNumber !== result.trackingNumber) continue
      const at = iso(clock())
      const received = seal(ParcelReceived({ orderId, ...result }), {
        id: `${orderId}/parcel/${result.trackingNumber}`,
        source: '/shipping',
        subject: orderId,
        time: at,
        correlationid: orderId,
      })
      await publish([received])
      return result
    }
    return 'unknown'
  }
