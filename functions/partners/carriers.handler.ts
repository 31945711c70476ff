import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { carriers } from './carriers.ts'
import { carriersEnvironment } from './environment.ts'
import { partnerPorts } from './ports.ts'

const { BOOKINGS_TABLE, FAULTS_TABLE, TIMING } = carriersEnvironment()

export const handler = httpEndpoint({
  service: '/partners/carriers',
  routes: carriers(partnerPorts(BOOKINGS_TABLE, FAULTS_TABLE, TIMING)),
})
