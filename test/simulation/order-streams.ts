import { type Place, type Recorded, storedAs } from '../../functions/ordering/events.ts'
import { idOf, placeOf } from '../../functions/ordering/published.ts'
import type { EventStore } from '../../functions/ordering/store.ts'
import { type EpochMs, fromIso } from '../../reactive/time.ts'
import { kept } from './kept.ts'
import type { Process, World } from './world.ts'

/** Ordering's streams, and who listens to what is appended to them. */
export type StreamTable = {
  readonly streams: Map<string, readonly Recorded[]>
  /** The marks of events that are not known to have been heard, by the event's id. */
  readonly unheard: Map<string, EpochMs>
  /** The index over the marks as it was some time ago. */
  readonly index: Map<string, EpochMs>
  /** Told of every item that is put into the table. */
  readonly listeners: ((item: ReturnType<typeof storedAs>) => void)[]
}

export const streamTable = (): StreamTable => ({
  streams: new Map(),
  unheard: new Map(),
  index: new Map(),
  listeners: [],
})

const mark = (world: World, { unheard, index }: StreamTable, place: Place, since: EpochMs | undefined) => {
  const id = idOf(place)
  if (since === undefined) unheard.delete(id)
  else unheard.set(id, since)
  const reindex = () => {
    const latest = unheard.get(id)
    if (latest === undefined) index.delete(id)
    else index.set(id, latest)
  }
  if (world.strikes('stale-index')) world.after(world.random.upTo(5_000), reindex)
  else reindex()
}

export const simulatedStreams = (world: World, table: StreamTable, process: Process): EventStore => ({
  load: (orderId) => world.call(process, `read ${orderId}`, () => table.streams.get(orderId) ?? [], 'read'),
  append: (orderId, length, events, cause) =>
    world.call(process, `append ${events.map(({ type }) => type).join('+')} ${orderId}`, () => {
      const stream = table.streams.get(orderId) ?? []
      if (stream.length !== length) return 'conflict'
      const recorded = events.map((event, index) =>
        kept({ ...event, orderId, sequence: length + 1 + index, cause } as Recorded),
      )
      table.streams.set(orderId, Object.freeze([...stream, ...recorded]))
      for (const event of recorded) mark(world, table, event, fromIso(cause.at))
      recorded.forEach((event, index) => {
        const item = storedAs(orderId, event.sequence, events[index]!, cause)
        for (const listen of table.listeners) listen(item)
      })
      return 'appended'
    }),
  markHeard: (place) =>
    world.call(process, `mark ${idOf(place)} heard`, () => {
      if (table.unheard.has(idOf(place))) mark(world, table, place, undefined)
    }),
  unheard: (since) =>
    world.call(
      process,
      'query unheard',
      () =>
        [...table.index]
          .filter(([, at]) => at < since)
          .sort(([, a], [, b]) => a - b)
          .map(([id]) => placeOf(id)!),
      'read',
    ),
  postpone: (place, at) =>
    world.call(process, `postpone ${idOf(place)}`, () => {
      if (table.unheard.has(idOf(place))) mark(world, table, place, at)
    }),
})
