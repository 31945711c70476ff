import type { Planned } from './mix.ts'

/** What became of a request at the edge. */
export type Verdict =
  /** An order was accepted. */
  | 'admitted'
  /** What was asked for was shown. */
  | 'served'
  /** 429 or 503: the system said that it is busy. */
  | 'shed'
  /** Any other 4xx. */
  | 'refused'
  /** Any other 5xx, or no answer. */
  | 'failed'
  /** It was not sent, because too many were under way: the generator's limit, not the system's. */
  | 'unsent'

export type Answered = {
  readonly is: Exclude<Verdict, 'unsent'>
  readonly status?: number
  readonly orderId?: string
  /** What is wrong, for `refused` and `failed`. */
  readonly why?: string
}

/** A request that has been sent, or could not be. Milliseconds from the start. */
export type Outcome = {
  readonly request: Planned
  readonly is: Verdict
  readonly began: number
  readonly ended: number
  readonly status?: number
  readonly orderId?: string
  readonly why?: string
}

/** From the moment at which a request was meant to begin, so that a generator that falls behind hides nothing. */
export const latencyOf = ({ request, ended }: Outcome): number => ended - request.at

/** How late the generator itself was. */
export const lagOf = ({ request, began }: Outcome): number => began - request.at

export type GeneratorPorts = {
  /** Sends a request. Rejects only by defect: that nobody answers is an answer. */
  readonly send: (request: Planned) => Promise<Answered>
  /** Milliseconds on a clock that only goes forward. */
  readonly clock: () => number
  /** Resolves after so many milliseconds, or when the signal fires. */
  readonly sleep: (millis: number, signal: AbortSignal) => Promise<void>
}

export type GeneratorOptions = {
  /** Requests under way at once at most; one that comes beyond it is counted as unsent. */
  readonly mostUnderWay: number
  /** Ends the run before its time: what has not begun by then is no part of it. */
  readonly signal: AbortSignal
  /** Told at every beginning and end. */
  readonly told?: (progress: Progress) => void
}

export type Progress = { readonly offered: number; readonly underWay: number; readonly last?: Outcome }

export type Generated = {
  readonly outcomes: readonly Outcome[]
  /** The most requests that were under way at once. */
  readonly mostUnderWay: number
  /** When the last answer came. Milliseconds from the start. */
  readonly ended: number
}

/**
 * Sends every request at its time, whatever became of the others. Latencies count from the time that was meant: when the
 * system or this process stalls, those that should have begun meanwhile have waited, too (no coordinated omission).
 *
 * @see G. Tene, How NOT to Measure Latency (2013)
 */
export const generate = async (
  plan: readonly Planned[],
  { send, clock, sleep }: GeneratorPorts,
  { mostUnderWay: limit, signal, told = () => undefined }: GeneratorOptions,
): Promise<Generated> => {
  const start = clock()
  const now = () => clock() - start
  const outcomes: Outcome[] = []
  const open = new Set<Promise<void>>()
  let offered = 0
  let most = 0
  const settle = (outcome: Outcome) => {
    outcomes.push(outcome)
    told({ offered, underWay: open.size, last: outcome })
  }
  const begin = async (request: Planned): Promise<void> => {
    const began = now()
    const answered = await send(request)
    settle({ request, ...answered, began, ended: now() })
  }
  for (const request of plan) {
    while (now() < request.at && !signal.aborted) await sleep(request.at - now(), signal)
    if (signal.aborted) break
    offered += 1
    if (open.size >= limit) {
      settle({ request, is: 'unsent', began: now(), ended: now() })
      continue
    }
    const work: Promise<void> = begin(request).finally(() => open.delete(work))
    open.add(work)
    most = Math.max(most, open.size)
    told({ offered, underWay: open.size })
  }
  await Promise.all(open)
  return { outcomes, mostUnderWay: most, ended: now() }
}
