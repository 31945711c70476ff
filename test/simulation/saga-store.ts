import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { fromItem, type SagaItem, written } from '../../sagas/engine/item.ts'
import type { SagaStore, SweeperStore } from '../../sagas/engine/ports.ts'
import type { Process, World } from './world.ts'

/** Of one commit: the images before and after, as nobody else's objects, and who made it. */
export type Watch = (before: SagaItem | undefined, after: SagaItem, process: Process) => void

/** The table of sagas: items as production stores them, kept as text so that nobody shares an object with it. */
export type SagaTable = {
  readonly items: Map<string, string>
  /** The index as it was some time ago. */
  readonly index: Map<string, { shard: string; dueAt: number }>
  /** Called with every committed image. */
  readonly watch: Watch[]
  readonly units: { read: number; write: number; commits: number }
  /** What the texts were read as for those who watch; who loads a saga gets a copy of its own. */
  readonly images: Map<string, { readonly text: string; readonly image: SagaItem }>
}

export const sagaTable = (): SagaTable => ({
  items: new Map(),
  index: new Map(),
  watch: [],
  units: { read: 0, write: 0, commits: 0 },
  images: new Map(),
})

const imageOf = ({ items, images }: SagaTable, sagaId: string): SagaItem | undefined => {
  const text = items.get(sagaId)
  if (text === undefined) return undefined
  const known = images.get(sagaId)
  if (known?.text === text) return known.image
  const image = JSON.parse(text) as SagaItem
  images.set(sagaId, { text, image })
  return image
}

const kilobytes = (bytes: number, unit: number): number => Math.ceil(bytes / unit)

type Written = ReturnType<typeof written>

const write = (
  world: World,
  table: SagaTable,
  { item, text }: Written,
  before: SagaItem | undefined,
  process: Process,
) => {
  table.items.set(item.sagaId, text)
  table.units.write += kilobytes(Buffer.byteLength(text), 1_024)
  const moved = before?.dueAt !== item.dueAt
  // A changed key is a deletion and an insertion in the index.
  if (moved) table.units.write += (before?.dueAt === undefined ? 0 : 1) + (item.dueAt === undefined ? 0 : 1)
  const after = imageOf(table, item.sagaId)!
  for (const look of table.watch) look(before, after, process)
  const reindex = ({ dueShard: shard, dueAt }: SagaItem) => {
    if (shard !== undefined && dueAt !== undefined) table.index.set(item.sagaId, { shard, dueAt })
    else table.index.delete(item.sagaId)
  }
  if (!world.strikes('stale-index')) reindex(after)
  else
    world.after(world.random.upTo(5_000), () => {
      reindex(imageOf(table, item.sagaId)!)
      return false
    })
}

export const simulatedStore = (
  world: World,
  table: SagaTable,
  process: Process,
  clock: Clock,
  timing: Timing,
): SagaStore => ({
  load: (sagaId) =>
    world.call(
      process,
      `load ${sagaId}`,
      () => {
        const text = table.items.get(sagaId)
        table.units.read += kilobytes(text?.length ?? 1, 4_096)
        return text === undefined ? undefined : fromItem(JSON.parse(text) as SagaItem)
      },
      'read',
    ),
  save: (next, over) => {
    const { id } = next
    const image = written(next, clock(), timing, over)
    return world.call(process, `save ${id}`, () => {
      const current = imageOf(table, id)
      table.units.commits += 1
      if (current?.revision !== over?.revision) return 'lost'
      write(world, table, image, current, process)
      return 'saved'
    })
  },
})

/** Few, so that there is a second page. */
const perPage = 2

export const simulatedSweeperStore = (world: World, table: SagaTable, process: Process): SweeperStore => ({
  overdue: async function* (shard, before) {
    const page = (after: number) =>
      world.call(
        process,
        `query due ${shard}`,
        () =>
          [...table.index]
            .filter(([, entry]) => entry.shard === shard && entry.dueAt <= before)
            .map(([sagaId, { dueAt }]) => ({ sagaId, dueAt }))
            .toSorted((a, b) => a.dueAt - b.dueAt)
            .slice(after, after + perPage),
        'read',
      )
    for (let after = 0; ; after += perPage) {
      const found = await page(after)
      yield found
      if (found.length < perPage) return
    }
  },
  lease: (sagaId, now, until) =>
    world.call(process, `lease ${sagaId}`, () => {
      const text = table.items.get(sagaId)
      const item = text === undefined ? undefined : (JSON.parse(text) as SagaItem & { wokenUntil?: number })
      if (item?.phase !== 'running' || (item.wokenUntil ?? 0) >= now) return undefined
      table.items.set(sagaId, JSON.stringify({ ...item, wokenUntil: until }))
      const { subject, correlationId } = fromItem(item)
      return { subject, correlationId }
    }),
})
