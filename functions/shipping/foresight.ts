import { carriersRememberKeysFor } from '../../events/partners/carriers.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import { bookToRead, partnerUnasked, rehearsal } from '../../reactive/rehearsal.ts'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { ShipmentResult, ShippingIntent } from './decide.ts'
import { shipping, shippingCommands } from './service.ts'

type Reach = {
  readonly store: Pick<CommandRecords<ShippingIntent, ShipmentResult>, 'load' | 'ofOrder'>
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon' | 'partnerCall'>
}

/** What shipping would make of commands if they came now. Nobody calls a carrier, so what it would say stays open. */
export const shippingForesight = ({ store, clock, timing }: Reach) =>
  rehearsal({
    contracts: shippingCommands,
    serve: (message, reply) => {
      const carriers = partnerUnasked<ShippingIntent, ShipmentResult>({
        name: 'the carrier',
        remembers: carriersRememberKeysFor,
        callTakes: timing.partnerCall,
      })
      return shipping({ store: bookToRead(store), carriers, reply, clock, timing })(message)
    },
  })
