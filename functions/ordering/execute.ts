import { TransientError } from '../../reactive/errors.ts'
import { type Command, decide, isRefusal, type Refusal } from './decide.ts'
import type { Cause, Recorded } from './events.ts'
import { fold, type Order } from './order.ts'
import type { EventStore } from './store.ts'

export type Executed =
  | { readonly ok: true; readonly order: Order; readonly events: readonly Recorded[]; readonly appended: number }
  | { readonly ok: false; readonly refusal: Refusal; readonly order: Order }

/** A command, or how to make one from the order as it is; a refusal made on the way is the answer. */
export type Asked = Command | ((order: Order) => Promise<Command | Refusal>)

/** A conflict means that somebody else's event came in between; an order's whole life has only a handful. */
const attempts = 6

/**
 * Load, decide, append; again when the stream grew meanwhile. A write whose answer was lost comes back as a conflict
 * with itself: the next round finds the event in place and has nothing left to do.
 *
 * @throws TransientError when others kept winning.
 */
export const execute = async (
  store: Pick<EventStore, 'load' | 'append'>,
  orderId: string,
  asked: Asked,
  cause: Cause,
): Promise<Executed> => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const events = await store.load(orderId)
    const order = fold(events)
    const command = typeof asked === 'function' ? await asked(order) : asked
    if ('refused' in command) return { ok: false, refusal: command, order }
    const decision = decide(order, command)
    if (isRefusal(decision)) return { ok: false, refusal: decision, order }
    if (decision.length === 0) return { ok: true, order, events, appended: 0 }
    if ((await store.append(orderId, events.length, decision, cause)) === 'appended') {
      const all = [...events, ...recorded(orderId, events.length, decision, cause)]
      return { ok: true, order: fold(all), events: all, appended: decision.length }
    }
  }
  throw new TransientError(`${orderId} changed ${attempts} times while ${describe(asked)} was being decided.`)
}

const recorded = (
  orderId: string,
  length: number,
  events: readonly Parameters<EventStore['append']>[2][number][],
  cause: Cause,
): Recorded[] => events.map((event, index) => ({ ...event, orderId, sequence: length + 1 + index, cause }))

const describe = (asked: Asked) => (typeof asked === 'function' ? 'a command' : `'${asked.type}'`)
