import { setTimeout as sleep } from 'node:timers/promises'
import { type Audit, compare, persistent } from './audit/compare.ts'
import { read } from './audit/read.ts'
import { countMessages, countUnfinished } from './audit/settled.ts'
import type { System } from './system.ts'
import { until } from './wait.ts'

export type AuditOptions = {
  /** How long to wait for the system to stand still before its books are compared. Milliseconds; 0 does not wait. */
  readonly settleWithin?: number
}

/** What streams and projections need to carry a change on, after which a difference is no longer one of timing. */
const pause = 2_000

/**
 * Recomputes money and stock from every context's own records and from the partners' books.
 *
 * Tables are read one after the other while the system may move, so a difference counts only when a second reading
 * finds it too. Waiting for the system to settle first makes the audit complete: some rules hold only at rest.
 *
 * @example
 * const { ok, differences } = await audit(system, { settleWithin: 30_000 })
 */
export const audit = async (system: System, { settleWithin = 0 }: AuditOptions = {}): Promise<Audit> => {
  const deadline = Date.now() + settleWithin
  if (settleWithin > 0) await settle(system, settleWithin)
  let last = compare(await read(system))
  do {
    if (last.ok) return last
    await sleep(pause)
    last = persistent(last, compare(await read(system)))
  } while (Date.now() < deadline)
  return last
}

/** Waits until nothing is under way, at most so many milliseconds; resolves to whether it came to that. */
export const settle = async (system: System, within: number): Promise<boolean> => {
  const atRest = async () =>
    (await countMessages(system)) === 0 && (await countUnfinished(system)) === 0 ? true : undefined
  return (await until(atRest, { within, every: 500 })) === true
}
