import { setTimeout } from 'node:timers/promises'
import { compartments } from './bulkhead.ts'
import type { Observation } from './observation.ts'
import { ownIdentity } from './own-identity.ts'
import {
  type AskPartner,
  measuredPartner,
  type PartnerRequest,
  partnerCall,
  retryingPartner,
  throughBulkhead,
  tracedPartner,
} from './partner-call.ts'
import { budgetOf } from './retry-budget.ts'
import { sigV4 } from './signing.ts'

/**
 * Calls that one process makes at a time. A batch of ten messages would otherwise start ten executions of a partner that
 * is deployed as we are, and time out on their cold starts.
 */
const places = 3

/**
 * A client of a partner behind IAM authorisation, signing as the function that runs it: Lambda gives each its credentials.
 * Its calls are measured and traced under `partner`, waiting for room and trying again included.
 *
 * @param compartment which of the partners behind the address a request is for: each has places and retries of its own
 */
export const signedPartner = (
  baseUrl: string,
  partner: string,
  { measure, tracer }: Pick<Observation, 'measure' | 'tracer'>,
  compartment: (request: PartnerRequest) => string = () => partner,
): AskPartner => {
  const { credentials, region } = ownIdentity()
  const sign = sigV4({ credentials, region, service: 'execute-api', clock: Date.now })
  const rooms = compartments(places)
  const once = throughBulkhead(partnerCall({ baseUrl, sign }), (request) => rooms(compartment(request)))
  const calls: AskPartner = (request, read) =>
    retryingPartner(once, {
      budget: budgetOf(compartment(request)),
      random: Math.random,
      sleep: setTimeout,
      now: () => performance.now(),
    })(request, read)
  return tracedPartner(measuredPartner(calls, { partner, measure, clock: Date.now }), { partner, tracer })
}
