import { setTimeout } from 'node:timers/promises'
import { compartments } from './bulkhead.ts'
import { exchange } from './exchange.ts'
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
import type { Timing } from './timing.ts'

/**
 * Calls that one process makes at a time. A batch of ten messages would otherwise start ten executions of a partner that
 * is deployed as we are, and time out on their cold starts.
 */
const places = 3

type Partner = {
  readonly baseUrl: string
  /** What its calls are measured and traced under. */
  readonly name: string
  readonly timing: Pick<Timing, 'partnerConnect'>
  readonly observed: Pick<Observation, 'measure' | 'tracer'>
  /** Which of the partners behind the address a request is for: each has places and retries of its own. */
  readonly compartment?: (request: PartnerRequest) => string
}

/**
 * A client of a partner behind IAM authorisation, signing as the function that runs it: Lambda gives each its credentials.
 * Its calls are measured and traced, waiting for room and trying again included.
 */
export const signedPartner = ({
  baseUrl,
  name,
  timing,
  observed: { measure, tracer },
  compartment = () => name,
}: Partner): AskPartner => {
  const { credentials, region } = ownIdentity()
  const sign = sigV4({ credentials, region, service: 'execute-api', clock: Date.now })
  const rooms = compartments(places)
  const call = partnerCall({ baseUrl, sign, exchange: exchange(timing.partnerConnect) })
  const once = throughBulkhead(call, (request) => rooms(compartment(request)))
  const calls: AskPartner = (request, read) =>
    retryingPartner(once, {
      budget: budgetOf(compartment(request)),
      random: Math.random,
      sleep: setTimeout,
      now: () => performance.now(),
    })(request, read)
  return tracedPartner(measuredPartner(calls, { partner: name, measure, clock: Date.now }), { partner: name, tracer })
}
