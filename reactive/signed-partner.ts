import * as z from 'zod'
import { bulkhead } from './bulkhead.ts'
import { environment } from './environment.ts'
import type { Observation } from './observation.ts'
import { type AskPartner, measuredPartner, partnerCall, throughBulkhead, tracedPartner } from './partner-call.ts'
import { sigV4 } from './signing.ts'

/**
 * Calls that one process makes at a time. A batch of ten messages would otherwise start ten executions of a partner that
 * is deployed as we are, and time out on their cold starts.
 */
const places = 3

/**
 * A client of a partner behind IAM authorisation, signing as the function that runs it: Lambda gives each its credentials.
 * Its calls are measured and traced under `partner`, waiting for room included.
 */
export const signedPartner = (
  baseUrl: string,
  partner: string,
  { measure, tracer }: Pick<Observation, 'measure' | 'tracer'>,
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
  const calls = throughBulkhead(partnerCall({ baseUrl, sign }), bulkhead(places))
  return tracedPartner(measuredPartner(calls, { partner, measure, clock: Date.now }), { partner, tracer })
}
