import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { type Clock, type EpochMs, type Millis, seconds } from '../../reactive/time.ts'

/** The fault switches of one partner: an item of FAULTS_TABLE under the partner's name; all optional. */
export const faultSwitches = z.object({
  /** Every answer takes this much longer. */
  latencyMs: z.int().min(0).max(30_000).default(0),
  /** Share of requests that answer 500 before they do anything. */
  errorRate: z.number().min(0).max(1).default(0),
  /** The first n requests under each key answer 500. */
  failFirst: z.int().min(0).max(100).default(0),
  /** An effect is made, but its first answer comes after the caller's timeout. */
  timeoutAfterEffect: z.boolean().default(false),
  /** Answers 503 to everything. */
  down: z.boolean().default(false),
})
export type FaultSwitches = z.infer<typeof faultSwitches>
export const noFaults: FaultSwitches = faultSwitches.parse({})

export type Faults = (partner: string) => Promise<FaultSwitches>

/** How long a process goes by what it read; a switch that is turned takes effect within this. */
const freshFor: Millis = seconds(0.2)

/** The switches in a DynamoDB table with the key `partner`. What is there but not understood counts as no faults. */
export const dynamoFaults = (dynamo: DynamoDBDocumentClient, table: string, clock: Clock): Faults =>
  cached(async (partner) => {
    const { Item } = await dynamo.send(new GetCommand({ TableName: table, Key: { partner } }))
    const read = faultSwitches.safeParse(Item ?? {})
    return read.success ? read.data : noFaults
  }, clock)

export const cached = (read: Faults, clock: Clock): Faults => {
  const known = new Map<string, { readonly until: EpochMs; readonly switches: Promise<FaultSwitches> }>()
  return (partner) => {
    const fresh = known.get(partner)
    if (fresh && fresh.until > clock()) return fresh.switches
    const switches = read(partner)
    known.set(partner, { until: clock() + freshFor, switches })
    switches.catch(() => known.delete(partner))
    return switches
  }
}
