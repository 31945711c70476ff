import { randomUUID } from 'node:crypto'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { dynamoBreakerStore } from './dynamo-breaker-store.ts'
import { type Guard, guardOf } from './guard.ts'
import type { Observation } from './observation.ts'
import { budgetOf } from './retry-budget.ts'
import type { Timing } from './timing.ts'

/**
 * The guard of one dependency, as every function of a stage has it: its breaker is in the table of controls, its budget of
 * retries is this process's own.
 *
 * @example
 * const guard = sharedGuard('acquirer', { dynamo, table: CONTROLS_TABLE, timing, observed })
 */
export const sharedGuard = (
  dependency: string,
  {
    dynamo,
    table,
    timing,
    observed,
  }: {
    readonly dynamo: DynamoDBDocumentClient
    readonly table: string
    readonly timing: Pick<Timing, 'breaker' | 'partnerCall'>
    readonly observed: Pick<Observation, 'measure' | 'log'>
  },
): Guard =>
  guardOf({
    dependency,
    store: dynamoBreakerStore(dynamo, table, Date.now),
    terms: timing.breaker,
    callTakes: timing.partnerCall,
    budget: budgetOf(dependency),
    clock: Date.now,
    random: Math.random,
    unique: randomUUID,
    measure: observed.measure,
    log: observed.log,
  })
