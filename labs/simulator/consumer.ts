import type { Delivery, Queue } from './queue.ts'
import type { Process, Stop, World } from './virtual-time.ts'

/**
 * What a handler says of a delivery. `done` takes it out; `{ back }` makes it visible again after so many milliseconds;
 * `crashed` says nothing to the queue, so that the visibility has to pass.
 */
export type Said = 'done' | 'crashed' | { readonly back: number }

export type ConsumerOptions<Body> = {
  /** How many deliveries are handled at the same time. */
  readonly concurrency: number
  readonly handle: (delivery: Delivery<Body>) => Process<Said>
  /** What takes longer is ended where it is, as Lambda does it: like a crash. */
  readonly timeout?: number
}

export type Consumer = {
  readonly busy: () => number
  /** Milliseconds of handling, all places together, of what has ended. */
  readonly worked: () => number
  /** Others may be admitted at once; who is being served stays. */
  readonly setConcurrency: (places: number) => void
}

/** Handlers that take from a queue whatever is ready, as many at a time as there are places. */
export const consumer = <Body>(world: World, from: Queue<Body>, options: ConsumerOptions<Body>): Consumer => {
  const { handle, timeout } = options
  let places = options.concurrency
  let busy = 0
  let worked = 0

  const take = () => {
    while (busy < places) {
      const delivery = from.receive()
      if (!delivery) return
      serve(delivery)
    }
  }
  const serve = (delivery: Delivery<Body>) => {
    busy++
    const began = world.now()
    let ended = false
    const end = (said: Said) => {
      if (ended) return
      ended = true
      busy--
      worked += world.now() - began
      if (said === 'done') delivery.acknowledge()
      else if (said !== 'crashed') delivery.back(said.back)
      take()
    }
    const stop: Stop = world.start(handle(delivery), end)
    if (timeout !== undefined && !ended)
      world.after(timeout, () => {
        if (ended) return
        stop()
        end('crashed')
      })
  }
  from.onReady(take)
  return {
    busy: () => busy,
    worked: () => worked,
    setConcurrency: (next) => {
      places = next
      take()
    },
  }
}
