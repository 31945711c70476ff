import type { Sample } from '../../local/watch/store.ts'
import { namespaceOf } from '../../reactive/metrics.ts'
import type { LoadResult } from './result.ts'

/** One number twice: as the generator counted it, and as the golden metrics have it. */
export type Agreement = {
  readonly metric: string
  readonly generator: number
  readonly metrics: number
  /** How far they are apart, as a share of the generator's count. */
  readonly difference: number
}

/** They agree when they are no further apart; metrics that lie more cannot be alarmed on. */
export const tolerance = 0.01

/** What was collected: when the last answer had come, and when all orders had ended. */
export type Collected = { readonly answered: readonly Sample[]; readonly ended: readonly Sample[] }

/** The functions behind the public API that a load asks. */
const asked: ReadonlySet<string> = new Set(['ordering-api', 'inventory-api'])

/**
 * Holds the golden metrics of a stage against what the generator itself counted. Requests are compared as far as they
 * came to a function: what the gateway turned away or nobody answered, no function can have measured. Pure.
 */
export const agreementsOf = (
  { answers, orders }: Pick<LoadResult, 'answers' | 'orders'>,
  { answered, ended }: Collected,
  stage: string,
): Agreement[] => {
  const sumOf = (samples: readonly Sample[], name: string, ofApi = false): number =>
    samples
      .filter(
        ({ metric: { namespace, name: called, dimensions } }) =>
          namespace === namespaceOf(stage) &&
          called === name &&
          (ofApi ? asked.has(dimensions.api ?? '') : Object.keys(dimensions).join() === 'service'),
      )
      .reduce((sum, { value, times = 1 }) => sum + value * times, 0)
  const compared = (metric: string, generator: number, metrics: number): Agreement => ({
    metric,
    generator,
    metrics,
    difference: generator === metrics ? 0 : Math.abs(metrics - generator) / Math.max(1, generator),
  })
  const good =
    sumOf(answered, 'Requests', true) -
    sumOf(answered, 'RequestsRefused', true) -
    sumOf(answered, 'RequestsFailed', true)
  return [
    compared('requests that were answered well', answers.admitted + answers.served, good),
    compared('orders placed', orders.admitted, sumOf(ended, 'OrdersPlaced')),
    compared('orders confirmed', orders.confirmed, sumOf(ended, 'OrdersConfirmed')),
    compared('orders rejected', orders.rejected, sumOf(ended, 'OrdersRejected')),
    compared('orders cancelled', orders.cancelled, sumOf(ended, 'OrdersCancelled')),
  ]
}

export const agrees = (agreements: readonly Agreement[]): boolean =>
  agreements.every(({ difference }) => difference <= tolerance)
