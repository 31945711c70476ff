import { documentClient } from '../../reactive/database.ts'
import { intentsSweep } from '../../reactive/intents-sweep.ts'
import { observe } from '../../reactive/observation.ts'
import { probe } from '../../reactive/probe.ts'
import { sharedGuard } from '../../reactive/shared-guard.ts'
import { signedPartner } from '../../reactive/signed-partner.ts'
import { httpAcquirer } from './acquirer.ts'
import { intentsEnvironment } from './environment.ts'
import { dynamoPayments } from './store.ts'

const { PAYMENTS_TABLE, ACQUIRER_URL, CONTROLS_TABLE, QUEUE_URL, timing } = intentsEnvironment()
const observed = observe('/payments')
const dynamo = documentClient()
const guard = sharedGuard('acquirer', { dynamo, table: CONTROLS_TABLE, timing, observed })
const acquirer = httpAcquirer(
  signedPartner({ baseUrl: ACQUIRER_URL, name: 'acquirer', timing, observed }),
  timing.partnerCall,
)

export const handler = intentsSweep({
  observed,
  intents: dynamoPayments(dynamo, PAYMENTS_TABLE, timing.horizon),
  mayAsk: () => guard.isClosed(),
  probe: async () => {
    const found = await probe(guard, () => acquirer.signOfLife(timing.partnerCall), Date.now)
    return found === 'back' ? ['acquirer'] : []
  },
  queueUrl: QUEUE_URL,
  olderThan: timing.visibility,
})
