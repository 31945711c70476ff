import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { compartments } from './bulkhead.ts'
import { environment } from './environment.ts'
import type { Observation } from './observation.ts'
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
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment({
    AWS_REGION: z.string().min(1),
    AWS_ACCESS_KEY_ID: z.string().min(1),
    AWS_SECRET_ACCESS_KEY: z.string().min(1),
    AWS_SESSION_TOKEN: z.string().optional(),
  })
  const sign = sigV4({
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
    region: AWS_REGION,
    service: 'execute-api',
    clock: Date.now,
  })
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
