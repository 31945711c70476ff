import { allEnded } from '../../reactive/all-ended.ts'
import { type Clock, days, expiryOf, iso, type Millis } from '../../reactive/time.ts'
import type { Books, Entry, Write } from './books.ts'
import type { Faults } from './faults.ts'
import { fingerprintOf } from './ids.ts'

/** What a partner answers over HTTP. */
export type PartnerAnswer = { readonly status: number; readonly body: unknown }

/** What a request comes to: its answer, and what the books say afterwards. Pure code decides it from what they said. */
export type Ruling = PartnerAnswer & {
  readonly writes: readonly Write[]
  /** The answer may be another one later, so that it is not kept under the key. */
  readonly passing?: true
}

export type PartnerPorts = {
  readonly books: Books
  readonly faults: Faults
  readonly clock: Clock
  readonly sleep: (span: Millis) => Promise<void>
  readonly random: () => number
  /** How long a caller waits; what is late on purpose is late by this measure. */
  readonly callerWaits: Millis
}

/** How one request behaves beyond its ruling, chosen by a test token or a test postcode. */
export type Manners = {
  readonly takes?: Millis
  readonly failsFirst?: number
  readonly answersLate?: boolean
}

export type OnceRequest = {
  /** Whose switches apply. */
  readonly partner: string
  readonly operation: string
  readonly idempotencyKey: string
  readonly request: unknown
  /** The entries that the ruling needs. */
  readonly reads: readonly string[]
  readonly rule: (entries: ReadonlyMap<string, Entry>, at: string) => Ruling
  readonly manners: (entries: ReadonlyMap<string, Entry>) => Manners
}

type KeyEntry = Entry & {
  readonly fingerprint: string
  readonly status: number
  readonly body: unknown
  readonly at: string
  readonly expiresAt: number
}

/** Longer than the promise, so that nobody is forgotten a moment too early. */
const keysKeptFor: Millis = days(2)
const tries = 5

/**
 * Does what a request asks for once a key, however often and however simultaneously it comes. The effect and the answer
 * under its key are one transaction, so there is no moment at which one is known without the other; who loses the race
 * reads the winner's answer. The same key with another request is refused with 422.
 */
export const once = async (ports: PartnerPorts, asked: OnceRequest): Promise<PartnerAnswer> => {
  const { books, clock, sleep } = ports
  const key = `key#${asked.operation}#${asked.idempotencyKey}`
  const look = () => books.read([key, ...asked.reads])
  // Nothing is known of the switches yet, so what was read meanwhile only serves the first attempt of an answer without latency.
  const [switches, first] = await allEnded([ports.faults(asked.partner), look()])
  if (switches.latencyMs > 0) await sleep(switches.latencyMs)
  if (switches.down) return failure(503, 'down', 'The partner is down.')
  if (switches.errorRate > 0 && ports.random() < switches.errorRate)
    return failure(500, 'fault', 'A fault was switched on.')

  const fingerprint = fingerprintOf(asked.operation, asked.request)
  const expiresAt = expiryOf(clock() + keysKeptFor)
  for (let attempt = 0; attempt < tries; attempt++) {
    const entries = attempt === 0 && switches.latencyMs === 0 ? first : await look()
    const manners = asked.manners(entries)
    const recorded = entries.get(key) as KeyEntry | undefined
    if (recorded) {
      return recorded.fingerprint === fingerprint
        ? { status: recorded.status, body: recorded.body }
        : failure(422, 'key-reused', `The key ${asked.idempotencyKey} was used for another request.`)
    }
    if (attempt === 0) {
      if (manners.takes) await sleep(manners.takes)
      const failsFirst = Math.max(switches.failFirst, manners.failsFirst ?? 0)
      if (failsFirst > 0 && (await books.count(`attempts#${key}`, expiresAt)) <= failsFirst) {
        return failure(500, 'failed', 'The partner failed; the request was not carried out.')
      }
    }
    const at = iso(clock())
    const { status, body, writes, passing } = asked.rule(entries, at)
    if (passing) return { status, body }
    const entry: KeyEntry = { key, type: 'key', revision: 1, fingerprint, status, body, at, expiresAt }
    if (await books.write([{ add: entry }, ...writes])) {
      if (writes.length > 0 && (switches.timeoutAfterEffect || manners.answersLate))
        await sleep(ports.callerWaits * 1.3)
      return { status, body }
    }
  }
  return failure(409, 'in-progress', `The request under ${asked.idempotencyKey} is being carried out.`)
}

const failure = (status: number, code: string, message: string): PartnerAnswer => ({ status, body: { code, message } })
