import type { DataOf, Draft } from '../../events/contract.ts'
import { answer, type Message } from '../../events/envelope.ts'
import {
  ReleaseStock,
  ReserveStock,
  Restock,
  Restocked,
  StockRefused,
  StockReleased,
  StockReserved,
  TakeBack,
  TakenBack,
} from '../../events/inventory.ts'
import type { Line } from '../../events/vocabulary.ts'
import type { CommandKey } from '../../reactive/command-records.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import {
  type Answer,
  type OwnDecision,
  type OwnRecord,
  ownCommand,
  ownUndo,
  reasonOf,
  type Terms,
} from '../../reactive/participant.ts'
import { termsOf, undoneIdOf } from '../../reactive/participation.ts'
import { type Clock, type EpochMs, iso } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { comeback } from './comeback.ts'
import { damaged, disagreeing } from './damage.ts'
import { decideReservation, mergeLines } from './decide.ts'
import type { Reservation, ReservationBook } from './store.ts'

/** All that commands need; a sale comes of an event. */
export type CommandBook = Omit<ReservationBook, 'sell'>

export type InventoryPorts = {
  readonly store: CommandBook
  /** Sends a reply to the saga that sent the command. */
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon'>
}

export const inventoryCommands = [ReserveStock, ReleaseStock, TakeBack, Restock] as const
type InventoryCommand = Message<DataOf<(typeof inventoryCommands)[number]>>

/** Every act finds a record or leaves one, and stock that was short a moment ago is rarely enough now. */
const mostActs = 8

/**
 * Inventory's part in a saga: holds units for an order, all lines or none, and lets them go again; and takes
 * them back once they were sold. Effect and record are
 * one transaction, so a command that is repeated meets its own record; the columns are those of `reactive/participant.ts`.
 *
 * @throws TransientError when others were in the way too often: nothing is recorded, the message comes again.
 * @throws PermanentError when only a person can go on, above all over a damaged stock record.
 *
 * @example
 * const serve = inventory({ store, reply, clock: Date.now, timing })
 * await serve(reserveStock)
 */
export const inventory = ({ store, reply, clock, timing }: InventoryPorts) => {
  const recorded = async (key: CommandKey, next: Parameters<typeof store.record>[1], now: EpochMs): Promise<Moved> => {
    const found = await store.record(key, next, now)
    return { record: found ?? next, written: !found }
  }

  const reserve = async (key: CommandKey, lines: readonly Line[], now: EpochMs): Promise<Moved> => {
    const moved = await store.reserve(key, lines, now)
    if (moved === 'written') return { record: { state: 'done', lines }, written: true }
    if (moved === 'recorded') return { record: await store.load(key), written: false }
    const decided = decideReservation(lines, await store.stockOf(lines.map(({ sku }) => sku)))
    if (decided.decision === 'damaged') throw damaged(decided.sku, decided.because)
    // Enough by now: units came back between the two looks.
    if (decided.decision === 'reserve') return { record: undefined, written: false }
    const { reason, missing } = decided
    const refused = { state: 'refused', lines, reason, missing } as const
    return recorded(key, refused, now)
  }

  const release = async (key: CommandKey, lines: readonly Line[], now: EpochMs): Promise<Moved> => {
    const moved = await store.release(key, lines, now)
    if (moved === 'written') return { record: { state: 'undone', lines }, written: true }
    if (moved === 'stock') throw disagreeing(key.commandId, lines, await store.stockOf(lines.map(({ sku }) => sku)))
    return { record: await store.load(key), written: false }
  }

  /** Plays a column to its end, from the record that is `presumed`. */
  const play = async (
    column: (record: OwnRecord<Held>, terms: Terms) => OwnDecision<Held>,
    key: CommandKey,
    message: Message,
    { lines = [], presumed }: { readonly lines?: readonly Line[]; readonly presumed: boolean },
  ): Promise<{ answer: Answer<Held>; record: Reservation | undefined; repeated: boolean }> => {
    const terms = termsOf(message, key.commandId, timing.horizon)
    let certain = !presumed
    let repeated = true
    let record = presumed ? undefined : await store.load(key)
    for (let act = 0; act < mostActs; act++) {
      const now = clock()
      let moved: Moved
      const decision = column(ownRecordOf(record), { ...terms, now })
      switch (decision.do) {
        case 'reply':
          return { answer: decision.answer, record, repeated }
        case 'give-up':
          if (certain) throw new PermanentError(decision.code, decision.message)
          // Before the horizon a missing record means something, so it has to be looked for.
          moved = { record: await store.load(key), written: false }
          break
        case 'commit':
          if (decision.next.state !== 'tombstone')
            throw new Error(`${key.commandId}: ${decision.next.state} is not own.`)
          moved = await recorded(key, decision.next, now)
          break
        case 'apply':
          moved = await reserve(key, lines, now)
          break
        case 'reverse':
          if (record?.state === 'sold' || record?.state === 'restocked') throw alreadySold(key, message)
          moved = await release(key, decision.result.lines, now)
          break
      }
      record = moved.record
      if (moved.written) repeated = false
      certain = true
    }
    throw new TransientError(`${message.id} found its stock changed ${mostActs} times; it will be tried again.`)
  }

  const back = comeback({ store, clock })

  return async (asked: InventoryCommand): Promise<Repeated | undefined> => {
    const { orderId } = asked.data
    // Some commands are alike but for their type, which only a message of any type tells apart.
    const message: Message = asked
    const say = async <Data>(repeated: boolean, draft: Draft<Data>) => {
      await reply(answer(draft, message, '/inventory', iso(clock())), message)
      return repeated ? 'repeated' : undefined
    }

    if (is(ReserveStock, message)) {
      const key = { orderId, commandId: message.id }
      const lines = mergeLines(message.data.lines)
      // A command is mostly the first with its id. The transaction finds out, which saves a read.
      const { answer, record, repeated } = await play(ownCommand, key, message, { lines, presumed: true })
      if (answer.says === 'done') return say(repeated, StockReserved({ orderId }))
      const missing = record?.state === 'refused' ? { missing: [...record.missing] } : {}
      return say(repeated, StockRefused({ orderId, reason: reasonOf(answer), ...missing }))
    }
    if (is(ReleaseStock, message)) {
      const { repeated } = await play(ownUndo, { orderId, commandId: undoneIdOf(message) }, message, {
        presumed: false,
      })
      return say(repeated, StockReleased({ orderId }))
    }
    if (is(TakeBack, message)) {
      const noted = await back.takeBack({ id: message.id, orderId }, message.data.condition)
      return say(!noted, TakenBack({ orderId }))
    }
    if (is(Restock, message)) {
      const moved = await back.restock({ id: message.id, orderId })
      return say(!moved, Restocked({ orderId }))
    }
    throw new PermanentError('unknown-type', `${message.id} is nothing that inventory carries out.`)
  }
}

/** What is on record after an act, and whether it was this act that wrote it. */
type Moved = { readonly record: Reservation | undefined; readonly written: boolean }

/** What a reservation that was done has taken: all that its undo needs. */
type Held = { readonly lines: readonly Line[] }

/** Sold is done for good; only an undo makes a difference between the two. */
const ownRecordOf = (record: Reservation | undefined): OwnRecord<Held> => {
  if (record === undefined) return { state: 'none' }
  switch (record.state) {
    case 'done':
    case 'sold':
    case 'restocked':
      return { state: 'done', result: { lines: record.lines } }
    case 'undone':
      return { state: 'undone' }
    default:
      return record
  }
}

const alreadySold = ({ orderId, commandId }: CommandKey, { id }: Message) =>
  new PermanentError(
    'already-sold',
    `${id} would release what ${commandId} reserved, but the order ${orderId} is confirmed and its units are sold. ` +
      'Find out why a confirmed order is compensated; the units come back as a return, not as a release.',
  )

const is = <C extends (typeof inventoryCommands)[number]>(
  contract: C,
  message: Message,
): message is Message<DataOf<C>> => message.type === contract.type
