import type { AnyContract, DataOf, Draft } from '../../events/contract.ts'
import { type Addressing, type Message, seal } from '../../events/envelope.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { type Clock, iso } from '../../reactive/time.ts'

export const orderId = 'ord_0123456789abcdef'

/** A command as the saga `fulfil-order` would send it. */
export const commandOf = <Data>(draft: Draft<Data>, at: number, more: Partial<Addressing> = {}): Message<Data> =>
  seal(draft, {
    id: `fulfil-order:${orderId}/step/do/1`,
    source: '/saga/fulfil-order',
    subject: orderId,
    time: iso(at),
    correlationid: orderId,
    ...more,
  })

/** Collects replies, each as `[contract, data]`, and checks that each names its cause. */
export const replies = () => {
  const sent: Message[] = []
  return {
    sent,
    reply: async (reply: Message, to: Message) => {
      if (reply.causationid !== to.id) throw new Error(`${reply.id} does not name its cause ${to.id}`)
      sent.push(reply)
    },
    said: () => sent.map(({ type, data }) => [type.split('.')[1], data] as const),
    last: <C extends AnyContract>(contract: C): DataOf<C> => {
      const last = sent.at(-1)
      if (last?.type !== contract.type) throw new Error(`The last reply was ${last?.type}, not ${contract.type}`)
      return contract.schema.parse(last.data) as DataOf<C>
    },
  }
}

/** Delivers a message as a queue does: again and again until it is handled, or given up for good. */
export const deliver = async <M>(serve: (message: M) => Promise<unknown>, message: M, mostReceives = 5) => {
  for (let receives = 1; receives <= mostReceives; receives++) {
    try {
      await serve(message)
      return { handled: true as const, receives }
    } catch (error) {
      if (error instanceof PermanentError)
        return { handled: false as const, receives, code: error.code, message: error.message }
      if (receives === mostReceives)
        return { handled: false as const, receives, code: 'transient', message: String(error) }
    }
  }
  throw new Error('unreachable')
}

/** A clock that only moves when told to. */
export const handClock = (start = Date.UTC(2026, 0, 5)) => {
  let now = start
  const clock: Clock = () => now
  return {
    clock,
    pass: (ms: number) => {
      now += ms
    },
    start,
  }
}
