import { fold } from '../../functions/ordering/order.ts'
import { idOf, placeOf } from '../../functions/ordering/published.ts'
import type { EpochMs } from '../../reactive/time.ts'
import { isCommand } from '../../sagas/engine/definition.ts'
import { asked } from '../../sagas/engine/ids.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { type Books, standingIn } from './partner.ts'
import type { RecordTable } from './records.ts'
import { brokenReturns } from './returned.ts'
import { takenOf } from './stock-store.ts'
import type { System } from './system.ts'
import { brokenHistories } from './told.ts'
import type { World } from './world.ts'

/** What has not come to rest yet: sagas, messages, dead letters, events that nobody is known to have heard. */
export const restless = (stage: System): number => {
  let open = 0
  for (const text of stage.sagas.items.values()) if (text.includes('"phase":"running"')) open += 1
  for (const sagaId of stage.expected) if (!stage.sagas.items.get(sagaId)?.includes('"phase":"ended"')) open += 1
  return open + stage.inFlight() + stage.parked().length + stage.orders.unheard.size + stage.unread()
}

/**
 * When the next thing can happen, where everybody only waits for people or for a time that was set: nothing is under way,
 * and nothing forgotten. Now, where that is not so.
 */
export const quietUntil = (stage: System, world: World): EpochMs => {
  const now = world.now()
  if (stage.inFlight() > 0 || stage.parked().length > 0 || stage.unread() > 0) return now
  // What is not known to have been heard is said again, but for orders whose saga waits: only its end may tell that.
  for (const id of stage.orders.unheard.keys()) {
    const { orderId, sequence } = placeOf(id)!
    if (sequence > 1 || !stage.sagas.items.get(`fulfil-order:${orderId}`)?.includes('"phase":"running"')) return now
  }
  const { payments, shipments, travel } = stage.participants
  for (const table of [payments, shipments, travel.records])
    for (const text of table.values()) if (text.includes('"openSince"')) return now
  let next = world.nextPlan()
  for (const text of stage.sagas.items.values())
    if (text.includes('"phase":"running"')) next = Math.min(next, (JSON.parse(text) as SagaItem).dueAt!)
  return Number.isFinite(next) ? Math.max(now, next) : now
}

/** What is wrong when everything has come to rest, in words; empty when money, stock and every promise agree. */
export const brokenAtRest = (stage: System): string[] => [
  ...brokenOrders(stage),
  ...brokenReturns(stage),
  ...brokenHistories(stage),
  ...brokenJourneys(stage),
  ...brokenStock(stage),
  ...brokenAnswers(stage),
  ...stage.participants.travel.violations,
  ...stage.swallowed().map((body) => `poison was dropped in silence: ${body.slice(0, 100)}`),
  ...[stage.participants.payments, stage.participants.shipments, stage.participants.travel.records].flatMap((table) =>
    openIntents(stage, table),
  ),
]

const sagaOf = (stage: System, sagaId: string): SagaItem | undefined => {
  const text = stage.sagas.items.get(sagaId)
  return text === undefined ? undefined : (JSON.parse(text) as SagaItem)
}

/** Effects that stand with those who keep them in their own tables, by saga and step. */
const doneIn = (records: RecordTable, books: Books): ((sagaId: string, step: string) => number) => {
  const counts = new Map<string, number>()
  for (const [id, text] of records) {
    if (books.has(id) || !text.includes('"state":"done"')) continue
    const question = id.slice(0, id.lastIndexOf('/do/'))
    counts.set(question, (counts.get(question) ?? 0) + 1)
  }
  return (sagaId, step) => counts.get(`${sagaId}/${step}`) ?? 0
}

const brokenOrders = (stage: System): string[] => {
  const wrong: string[] = []
  const { reservations } = stage.participants.stock
  const acquirer = standingIn(stage.participants.acquirer)
  const carriers = standingIn(stage.participants.carriers)
  for (const [orderId, events] of stage.orders.streams) {
    const order = fold(events)
    const say = (what: string) => wrong.push(`${orderId} (${order.status}): ${what}`)
    const sagaId = `fulfil-order:${orderId}`
    const saga = sagaOf(stage, sagaId)
    if (saga?.phase !== 'ended') say(`its saga has not ended: ${JSON.stringify(saga) ?? 'it has none'}`)
    if (order.status === 'placed' || order.status === 'none') {
      say('the order never ended')
      continue
    }
    const confirmed = order.status === 'confirmed'
    if (saga?.outcome !== 'operator' && (saga?.outcome === 'done') !== confirmed) say(`its saga ended ${saga?.outcome}`)
    const expected = confirmed ? 1 : 0
    const left = stage.witness.skipped.get(sagaId)
    for (const [books, step] of [
      [acquirer, 'authorise-payment'],
      [acquirer, 'capture-payment'],
      [carriers, 'book-shipment'],
    ] as const) {
      const count = books(sagaId, step)
      if (count !== expected && !left?.has(step)) say(`${count} × ${step} stand with the partner, ${expected} expected`)
    }
    const held = [...reservations.values()].filter(
      ({ key, record }) => key.orderId === orderId && ['done', 'sold', 'restocked'].includes(record.state),
    )
    if (held.length !== expected && !left?.has('reserve-stock'))
      say(`${held.length} reservations, ${expected} expected`)
    if (confirmed && held.some(({ record }) => record.state === 'done')) say('confirmed, but its stock is not sold')
    // The version before asks nobody.
    const unasked = saga?.version === 1 || stage.witness.signalled.has(sagaId)
    if (confirmed && order.approval && order.approval !== 'approved' && !unasked)
      say(`it is confirmed, and its approval is ${order.approval}`)
    const untold = events.filter((event) => !stage.said.has(idOf(event)))
    if (untold.length > 0) say(`nobody was told that it was ${untold.map(({ type }) => type).join(', ')}`)
    const asked = events.some(({ type }) => type === 'cancellation-requested')
    if (asked && confirmed && order.cancellation !== 'too-late')
      say('nobody told the customer that the cancellation came too late')
    if (order.refund === undefined) continue
    const refund = `refund-order:${orderId}`
    if (order.refund === 'requested') say('its refund never ended')
    const given = acquirer(refund, 'refund-payment')
    if (given !== (order.refund === 'refunded' ? 1 : 0)) say(`refund ${order.refund}, and ${given} were made`)
  }
  return wrong
}

const brokenStock = (stage: System): string[] => {
  const skippedStock = [...stage.witness.skipped.values()].some((steps) => steps.has('reserve-stock'))
  const { stock } = stage.participants
  return [...stock.stock.values()].flatMap(({ sku, initial, available, committed }) => {
    const { reserved, sold } = takenOf(stock, sku)
    const whole = available >= 0 && available + committed === initial && committed === reserved + sold
    return whole && (reserved === 0 || skippedStock)
      ? []
      : [
          `stock of ${sku}: ${available} available + ${committed} committed of ${initial}, ${reserved} reserved, ${sold} sold`,
        ]
  })
}

/** Every journey and every bill: what stands is what its end says, but for what a person took out. */
const brokenJourneys = (stage: System): string[] => {
  const wrong: string[] = []
  const { records, books, endings } = stage.participants.travel
  const [standing, own] = [standingIn(books), doneIn(records, books)]
  const done = (sagaId: string, step: string): number => standing(sagaId, step) + own(sagaId, step)
  for (const [sagaId, text] of stage.sagas.items) {
    if (!sagaId.startsWith('journey:') && !sagaId.startsWith('settle-bill:')) continue
    const item = JSON.parse(text) as SagaItem
    if (item.phase !== 'ended') continue
    const definition = stage.definitions.find((it) => sagaId.startsWith(`${it.name}:`) && it.version === item.version)!
    const end = endings.get(sagaId)
    const say = (what: string) => wrong.push(`${sagaId} (${item.outcome}, ${end}): ${what}`)
    const finished = end === 'finished'
    if (end === undefined) say('nobody was told how it ended')
    if (item.outcome !== 'operator' && (item.outcome === 'done') !== finished)
      say('it ended otherwise than it was told')
    const left = stage.witness.skipped.get(sagaId)
    const inQuorum = new Set(definition.quorums.flatMap(({ of }) => of))
    definition.steps.forEach((step, index) => {
      // A check changes nothing; what was called has an end of its own.
      if (!isCommand(step) || step.kind === 'check' || step.calls || left?.has(step.name) || inQuorum.has(index)) return
      const count = done(sagaId, step.name)
      const wanted = finished && (step.when?.({ trip: stage.trips.get(sagaId) }) ?? true)
      if (count !== (wanted ? 1 : 0)) say(`${step.name} was done ${count} times`)
    })
    for (const { of, need } of definition.quorums) {
      const members = of.map((index) => definition.steps[index]!.name)
      const count = members.filter((name) => !left?.has(name)).reduce((sum, name) => sum + done(sagaId, name), 0)
      const given = members.some((name) => left?.has(name))
      if (given ? count > need : count !== (finished ? need : 0)) say(`${count} of ${members.join(', ')} stand`)
    }
  }
  return wrong
}

/** Who called a saga goes on as it ended: `pay` is done exactly when the bill was settled for this caller. */
const brokenAnswers = (stage: System): string[] => {
  const wrong: string[] = []
  for (const [sagaId, text] of stage.sagas.items) {
    if (!sagaId.startsWith('journey:')) continue
    const { outcome, sagaId: id } = JSON.parse(text) as SagaItem
    const bill = sagaOf(stage, id.replace('journey:', 'settle-bill:'))
    const mine = bill?.called?.by.startsWith(`${id}/pay/`) === true
    const paid = mine && bill?.called?.says === 'done'
    if (outcome === 'done' && !paid) wrong.push(`${id} ended done, and its bill ${bill?.outcome ?? 'was never raised'}`)
    if (outcome === 'undone' && paid) wrong.push(`${id} ended undone, and its bill is settled`)
  }
  return wrong
}

/** Intents that nobody closed; the undo that a person took out of its saga stays open, and is theirs. */
const openIntents = (stage: System, table: RecordTable): string[] =>
  [...table].flatMap(([commandId, text]) => {
    const question = asked(commandId)
    const left = question && 'step' in question && stage.witness.skipped.get(question.sagaId)?.has(question.step)
    return /"state":"(undo-)?intent"/.test(text) && !left ? [`${commandId}: an intent is still open`] : []
  })
