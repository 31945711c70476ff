import { carriers } from '../../events/partners/carriers.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { documentClient } from '../../reactive/database.ts'
import { intentsSweep } from '../../reactive/intents-sweep.ts'
import { observe } from '../../reactive/observation.ts'
import { probe } from '../../reactive/probe.ts'
import { signedPartner } from '../../reactive/signed-partner.ts'
import { carrierOf, httpCarriers } from './carriers.ts'
import { intentsEnvironment } from './environment.ts'
import { carrierGuards } from './guards.ts'
import { dynamoShipments } from './store.ts'

const { SHIPMENTS_TABLE, CARRIERS_URL, CONTROLS_TABLE, QUEUE_URL, timing } = intentsEnvironment()
const observed = observe('/shipping')
const dynamo = documentClient()
const guards = carrierGuards({ dynamo, table: CONTROLS_TABLE, timing, observed })
const { signOfLife } = httpCarriers(
  signedPartner({ baseUrl: CARRIERS_URL, name: 'carriers', timing, observed, compartment: carrierOf }),
  timing.partnerCall,
)

export const handler = intentsSweep({
  observed,
  intents: dynamoShipments(dynamo, SHIPMENTS_TABLE, timing.horizon),
  mayAsk: ({ carrier }) => guards[carrier].isClosed(),
  probe: async () => {
    const found = await allEnded(
      carriers.map((carrier) => probe(guards[carrier], () => signOfLife(carrier, timing.partnerCall), Date.now)),
    )
    return carriers.filter((_, index) => found[index] === 'back')
  },
  queueUrl: QUEUE_URL,
  olderThan: timing.visibility,
})
