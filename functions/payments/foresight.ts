import { acquirerRemembersKeysFor } from '../../events/partners/acquirer.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import { bookToRead, partnerUnasked, rehearsal } from '../../reactive/rehearsal.ts'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { PaymentIntent, PaymentResult } from './decide.ts'
import { paymentCommands, payments } from './service.ts'

type Reach = {
  readonly store: Pick<CommandRecords<PaymentIntent, PaymentResult>, 'load' | 'ofOrder'>
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon' | 'partnerCall'>
}

/** What payments would make of commands if they came now. Nobody calls the acquirer, so what it would say stays open. */
export const paymentsForesight = ({ store, clock, timing }: Reach) =>
  rehearsal({
    contracts: paymentCommands,
    serve: (message, reply) => {
      const acquirer = partnerUnasked<PaymentIntent, PaymentResult>({
        name: 'the acquirer',
        remembers: acquirerRemembersKeysFor,
        callTakes: timing.partnerCall,
      })
      return payments({ store: bookToRead(store), acquirer, reply, clock, timing })(message)
    },
  })
