import type { Recorded } from '../../functions/ordering/events.ts'
import type { EventStore } from '../../functions/ordering/store.ts'
import type { Process, World } from './world.ts'

/** Ordering's streams, and who listens to what is appended to them. */
export type StreamTable = {
  readonly streams: Map<string, Recorded[]>
  readonly unstarted: Map<string, number>
  readonly listeners: ((event: Recorded) => void)[]
}

export const streamTable = (): StreamTable => ({ streams: new Map(), unstarted: new Map(), listeners: [] })

export const simulatedStreams = (world: World, table: StreamTable, process: Process): EventStore => ({
  load: (orderId) =>
    world.call(process, `read ${orderId}`, () => structuredClone(table.streams.get(orderId) ?? []), 'read'),
  append: (orderId, length, events, cause) =>
    world.call(process, `append ${events.map(({ type }) => type).join('+')} ${orderId}`, () => {
      const stream = table.streams.get(orderId) ?? []
      if (stream.length !== length) return 'conflict'
      const recorded = events.map(
        (event, index) => ({ ...event, orderId, sequence: length + 1 + index, cause }) as Recorded,
      )
      table.streams.set(orderId, [...stream, ...recorded])
      if (length === 0) table.unstarted.set(orderId, world.now())
      for (const event of recorded) for (const listen of table.listeners) listen(event)
      return 'appended'
    }),
  markStarted: (orderId) => world.call(process, `mark ${orderId}`, () => void table.unstarted.delete(orderId)),
  unstarted: (since) =>
    world.call(
      process,
      'query unstarted',
      () => [...table.unstarted].filter(([, at]) => at < since).map(([id]) => id),
      'read',
    ),
  postpone: (orderId, at) =>
    world.call(process, `postpone ${orderId}`, () => {
      if (table.unstarted.has(orderId)) table.unstarted.set(orderId, at)
    }),
})
