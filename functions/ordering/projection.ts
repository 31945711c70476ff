import type { DataOf } from '../../events/contract.ts'
import type { OrderSummary } from '../../events/http/ordering.ts'
import type { SagaAdvanced } from '../../events/saga.ts'
import { shardOf } from '../../reactive/shard.ts'
import type { Recorded } from './events.ts'

export type Advance = Pick<
  DataOf<typeof SagaAdvanced>,
  'revision' | 'at' | 'phase' | 'mode' | 'changes' | 'because' | 'outcome'
>

/** An order as lists show it, with the keys of the indexes that order them. */
export type View = OrderSummary & { readonly position: string; readonly placedShard: string }

/**
 * What an event changes in a view. `set` replaces, `initially` fills what is still empty. Changes commute and may be
 * repeated: whatever the order in which a stream's shards are read, the view comes out the same.
 */
export type ViewChange = {
  readonly orderId: string
  readonly set: Partial<View>
  readonly initially?: Partial<View>
}

/** Where an order stands in lists: by time, and by id among those of one millisecond, so that no two stand at one place. */
export const positionOf = (placedAt: string, orderId: string): string => `${placedAt}/${orderId}`

/** The change that an event makes to its order's view, or nothing. */
export const project = (event: Recorded): ViewChange | undefined => {
  const { orderId } = event
  const { at } = event.cause
  switch (event.type) {
    case 'placed': {
      const { customerId, total } = event.data
      const keys = { position: positionOf(at, orderId), placedShard: shardOf(orderId) }
      return { orderId, set: { customerId, total, placedAt: at, ...keys }, initially: { status: 'placed' } }
    }
    case 'approval-requested':
    case 'reviewed':
    case 'cancellation-requested':
    case 'refund-requested':
    case 'refunded':
    case 'refund-refused':
    case 'return-requested':
    case 'return-inspected':
    case 'returned':
    case 'return-rejected':
      return undefined
    case 'confirmed':
      return { orderId, set: { status: 'confirmed' } }
    case 'rejected':
    case 'cancelled':
      return { orderId, set: { status: event.type, reason: event.data.reason } }
  }
}

/**
 * Advances have slots by revision, which a higher one takes over. Those that changed something are a few dozen of a saga,
 * and their slots are so many that each stays. One that waits for three weeks looks at its clock two thousand times, and
 * of that the last 64 times are enough: they tell nobody anything, but show that they were heard.
 */
const slots = 4_096
const quietSlots = 64
export const slotOf = (definition: string, revision: number): string => `saga:${definition}:${revision % slots}`
export const quietSlotOf = (definition: string, revision: number): string =>
  `saga:${definition}:quiet-${revision % quietSlots}`
/** Where an advance is noted. */
export const slotFor = (definition: string, { revision, changes }: Pick<Advance, 'revision' | 'changes'>): string =>
  changes.length > 0 ? slotOf(definition, revision) : quietSlotOf(definition, revision)
export const isSlot = (attribute: string): boolean => attribute.startsWith('saga:')
/** The saga that a slot belongs to. */
export const definitionIn = (slot: string): string => slot.split(':')[1] ?? slot

/** Whether an advance shows that the order's saga runs; a tombstone of an early cancellation is not yet a saga. */
export const showsStart = ({ phase }: Pick<Advance, 'phase'>): boolean => phase !== 'early-cancel'
