import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { acquirer } from './acquirer.ts'
import { acquirerEnvironment } from './environment.ts'
import { partnerPorts } from './ports.ts'

const { BOOKS_TABLE, FAULTS_TABLE, TIMING } = acquirerEnvironment()

export const handler = httpEndpoint({
  service: '/partners/acquirer',
  routes: acquirer(partnerPorts(BOOKS_TABLE, FAULTS_TABLE, TIMING)),
})
