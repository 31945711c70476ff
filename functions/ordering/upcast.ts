import * as z from 'zod'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import { currentVersions, orderEvent, type Recorded, storedRecord } from './events.ts'

type Data = Record<string, unknown>

/** How to read version n of a kind of event as version n + 1: `{ placed: { 1: (data) => ({ ...data, channel: 'web' }) } }`. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, (data: Data) => Data>>>>

/** Events are never rewritten, so every version that was ever stored has its link here, for good. */
const upcasters: Upcasters = {}

/**
 * Reads a stored record as the event that it is today, whatever version it was written in.
 *
 * @throws PermanentError when it is no event of an order, or a link of its chain is missing.
 * @throws TransientError when it is newer than this deployment: deployments overlap, the next one will know it.
 *
 * @example
 * readRecord({ orderId, sequence: 1, type: 'cancelled', version: 1, data: { … }, cause: { … } })
 */
export const readRecord = (
  raw: unknown,
  chains: Upcasters = upcasters,
  versions: Readonly<Record<string, number>> = currentVersions,
): Recorded => {
  const stored = storedRecord.safeParse(raw)
  if (!stored.success) throw unreadable('a record', z.prettifyError(stored.error))
  const { orderId, sequence, type, version, cause } = stored.data
  const what = `event ${sequence} of ${orderId} (${type} v${version})`
  const current = versions[type]
  if (current === undefined) throw unreadable(what, 'its kind is not known')
  if (version > current) {
    throw new TransientError(`${what} is newer than this deployment, which knows v${current}; it will be tried again.`)
  }
  let data: Data = stored.data.data
  for (let from = version; from < current; from++) {
    const step = chains[type]?.[from]
    if (!step) throw unreadable(what, `nothing reads v${from} as v${from + 1}`)
    data = step(data)
  }
  const event = orderEvent.safeParse({ type, data })
  if (!event.success) throw unreadable(what, z.prettifyError(event.error))
  return { ...event.data, orderId, sequence, cause }
}

const unreadable = (what: string, why: string) =>
  new PermanentError(
    'unreadable-event',
    `${what} cannot be read: ${why}. Compare it with functions/ordering/events.ts.`,
  )
