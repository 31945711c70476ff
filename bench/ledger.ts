import { OrderConfirmed, OrderPlaced } from '../events/ordering.ts'
import { SagaAdvanced } from '../events/saga.ts'
import { inventoryEvidence } from '../functions/inventory/evidence.ts'
import { notificationsEvidence } from '../functions/notifications/evidence.ts'
import { orderingEvidence } from '../functions/ordering/evidence.ts'
import { slotOf } from '../functions/ordering/projection.ts'
import { sentKeyOf } from '../functions/ordering/sent.ts'
import { type LedgerPorts, runLedger } from '../functions/recovery/ledger/run.ts'
import type { LedgerStore } from '../functions/recovery/ledger/store.ts'
import { readMany } from '../reactive/batch-read.ts'
import type { Evidence } from '../reactive/evidence.ts'
import { inSample } from '../reactive/sample.ts'
import { iso, minutes, seconds } from '../reactive/time.ts'
import { timings } from '../reactive/timing.ts'
import { sagaEvidence } from '../sagas/engine/evidence.ts'
import type { SagaState } from '../sagas/engine/state.ts'
import { definitions } from '../sagas/index.ts'
import { readOnlyTables } from '../test/support/tables.ts'
import { type Figure, figure } from './measure.ts'

const now = Date.UTC(2026, 0, 1, 12)
/** A fulfilled order's saga: its start, four replies, the end. */
const commits = 6
const subscribers: Readonly<Record<string, readonly string[]>> = {
  [OrderPlaced.type]: ['saga'],
  [OrderConfirmed.type]: ['inventory', 'notifications', 'ordering'],
  [SagaAdvanced.type]: ['ordering'],
}

/** The records that confirmed orders leave behind, and the evidence over them, with the units that reading it costs. */
const platform = (orders: number, share: number) => {
  const at = iso(now - minutes(5))
  const ids = Array.from({ length: orders }, (_, index) => `ord_${String(index).padStart(16, '0')}`)
  const keys = (orderId: string) => (inSample(orderId, share) ? sentKeyOf(orderId, at) : {})
  const events = ids.flatMap((orderId) => [
    { orderId, sequence: 1, type: 'placed', ...keys(orderId) },
    { orderId, sequence: 2, type: 'confirmed', ...keys(orderId) },
  ])
  const advances = Object.fromEntries(
    Array.from({ length: commits }, (_, index) => [slotOf('fulfil-order', index + 1), { revision: index + 1 }]),
  )
  const views = ids.map((orderId) => ({ orderId, ...advances }))
  const reservations = ids.map((orderId) => ({ orderId, commandId: 'c', state: 'sold' as const, lines: [] }))
  const notices = ids.map((orderId) => ({ orderId, eventId: `${orderId}/2`, state: 'sent' }))
  const sagas = ids.map((orderId) => ({ sagaId: `fulfil-order:${orderId}` }))
  const { db, billed } = readOnlyTables({ events, views, reservations, notices, sagas, prices: [], stock: [] })
  const evidence: Readonly<Record<string, Evidence>> = {
    ordering: orderingEvidence(db, { events: 'events', views: 'views', prices: 'prices' }, { load: async () => [] }),
    inventory: inventoryEvidence(
      db,
      { stock: 'stock', reservations: 'reservations' },
      {
        ofOrder: async (orderId) => {
          billed.units += 1
          return reservations.filter((reservation) => reservation.orderId === orderId)
        },
      },
    ),
    notifications: notificationsEvidence(db, 'notices'),
    saga: sagaEvidence({
      definitions,
      load: async (sagaIds) => {
        const items = await readMany(
          db,
          'sagas',
          sagaIds.map((sagaId) => ({ sagaId })),
        )
        return new Map(
          items.map(({ sagaId }) => [
            String(sagaId),
            {
              at: now - minutes(5),
              state: {
                id: String(sagaId),
                definition: 'fulfil-order',
                version: 1,
                subject: String(sagaId).slice('fulfil-order:'.length),
                correlationId: 'bench',
                revision: commits,
                phase: 'ended',
                outcome: 'done',
                endedAt: now - minutes(5),
              } satisfies SagaState,
            },
          ]),
        )
      },
      clock: () => now,
      timing: timings.standard,
    }),
  }
  return { evidence, billed, indexed: events.filter((event) => 'sentMinute' in event).length }
}

/** One run of the ledger over confirmed orders, production code over counted tables. */
const ledgerOver = async (orders: number, share: number) => {
  const { evidence, billed, indexed } = platform(orders, share)
  const written = { items: 0 }
  const store: LedgerStore = {
    cursor: async () => now - minutes(6),
    advance: async () => {
      written.items += 1
    },
    watched: async () => [],
    keep: async (flows) => {
      written.items += flows.length
    },
    forget: async () => {},
    note: async () => {},
  }
  const ports: LedgerPorts = {
    store,
    subscribersOf: (type) => subscribers[type] ?? [],
    witnessOf: (subscriber) => subscriber,
    ask: (witness, messages) => evidence[witness]!.handled(messages),
    senders: ['ordering', 'inventory'],
    sent: (sender, from, to) => evidence[sender]!.sent!(from, to),
    desk: async () => new Map(),
    clock: () => now,
    share,
  }
  const report = await runLedger(ports, { grace: seconds(180), mode: 'keep' })
  const expected = indexed / 2
  if (report.drift.length > 0 || report.flows.settled !== 2 * expected)
    throw new Error(`The ledger of the benchmark settled ${report.flows.settled} of ${2 * expected} flows.`)
  if (written.items !== 1) throw new Error(`The ledger of the benchmark wrote ${written.items} items about nothing.`)
  return {
    readUnits: billed.units / orders,
    writeUnits: indexed / orders,
    pairs: Object.values(report.pairs).reduce((sum, count) => sum + count, 0) / expected,
    questions: report.questions,
  }
}

/** What the conservation ledger costs an order. */
export const ledgerFigures = async (): Promise<Figure[]> => {
  const orders = 1_000
  // Counted, not timed: every run comes to the same.
  const runs = [await ledgerOver(orders, 1)]
  const sampled = await ledgerOver(orders, 0.1)
  const of = (read: (run: (typeof runs)[number]) => number) => runs.map(read)
  return [
    figure(
      'pairs of message and subscriber that the ledger reconciles, an order',
      'pairs',
      of(({ pairs }) => pairs),
    ),
    figure(
      'write units of the ledger, an order',
      'units',
      of(({ writeUnits }) => writeUnits),
      { atMost: 2 },
    ),
    figure(
      'read units of the ledger, an order',
      'units',
      of(({ readUnits }) => readUnits),
      { atMost: 12 },
    ),
    figure('write units of the ledger, an order, one in ten sampled', 'units', [sampled.writeUnits], { atMost: 0.25 }),
    figure('read units of the ledger, an order, one in ten sampled', 'units', [sampled.readUnits], { atMost: 1.5 }),
    figure(
      `invocations of evidence for ${orders} orders`,
      'calls',
      of(({ questions }) => questions),
    ),
  ]
}
