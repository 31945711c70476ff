import { fold } from '../../functions/ordering/order.ts'
import { idOf } from '../../functions/ordering/published.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import type { Books } from './partner.ts'
import type { RecordTable } from './records.ts'
import type { System } from './system.ts'

const settledSteps = ['refused', 'undone', 'skipped']

/** What one commit of a saga may never do, in words. The steps are in sequence, the fourth is the pivot. */
export const brokenByCommit = (before: SagaItem | undefined, after: SagaItem): string[] => {
  const wrong: string[] = []
  const say = (what: string) => wrong.push(`${after.sagaId} revision ${after.revision}: ${what}`)
  if (before?.phase === 'ended') say('moved after its end')
  if (after.revision !== (before?.revision ?? 0) + 1) say(`follows revision ${before?.revision ?? 'none'}`)
  if (before?.phase === 'early-cancel' && after.mode !== 'compensating')
    say('forgot the cancellation that overtook its start')
  if (after.phase === 'ended' && before?.end === undefined) say('ended without its end having been asked for')
  if (after.phase !== 'running') return wrong

  const steps = after.steps!
  const status = steps.map(([its]) => its)
  if (after.dueAt === undefined || after.wake === undefined) say('has no wake-up')
  else if (after.dueAt > after.wake[1]) say('would be found later than its true time')
  if (after.mode === 'compensating' && ['sent', 'unknown', 'done'].includes(status[3]!))
    say('compensates over its pivot')
  if (before?.phase === 'running' && before.mode === 'compensating' && after.mode === 'forward')
    say('turned forward again')
  const wayBack = before?.phase === 'running' && before.mode === 'forward' && before.steps?.[3]?.[0] === 'pending'
  if (wayBack && after.cancelNoted && !before.cancelNoted && after.mode !== 'compensating' && status[3] === 'pending')
    say('was cancelled in time and goes on')
  status.forEach((its, index) => {
    const later = status.slice(index + 1)
    if (its === 'undoing' && !later.every((other) => settledSteps.includes(other)))
      say(`undoes step ${index + 1} before a later one is settled`)
    if (
      its !== 'pending' &&
      its !== 'skipped' &&
      after.mode === 'forward' &&
      status.slice(0, index).some((other) => other !== 'done')
    ) {
      say(`runs step ${index + 1} before an earlier one is done`)
    }
    if (before?.steps?.[index]?.[0] === 'undone' && its !== 'undone')
      say(`step ${index + 1} came back after it was undone`)
  })
  if (after.end?.command === 'confirm' && status.some((its) => its !== 'done')) say('confirms with a step not done')
  if (after.end?.command === 'reject' && !status.every((its) => settledSteps.includes(its)))
    say('rejects with a step not settled')
  const outstanding = status.some((its) => its === 'sent' || its === 'unknown' || its === 'undoing') || after.end
  if (!outstanding) say('is unfinished, and nothing is outstanding')
  return wrong
}

/** What is wrong when everything has come to rest, in words; empty when money, stock and every order agree. */
export const brokenAtRest = (system: System): string[] => {
  const wrong: string[] = []
  const { stock, reservations } = system.participants.stock
  for (const [orderId, events] of system.orders.streams) {
    const order = fold(events)
    const say = (what: string) => wrong.push(`${orderId} (${order.status}): ${what}`)
    const text = system.sagas.items.get(`fulfil-order:${orderId}`)
    const saga = text === undefined ? undefined : (JSON.parse(text) as SagaItem)
    if (saga?.phase !== 'ended') say(`its saga has not ended: ${text ?? 'it has none'}`)

    const confirmed = order.status === 'confirmed'
    if (order.status === 'placed' || order.status === 'none') say('the order never ended')
    if ((saga?.outcome === 'done') !== confirmed) say(`its saga ended ${saga?.outcome}`)
    const standing = (books: Books, step: string) =>
      [...books].filter(([key, { outcome }]) => key.includes(`:${orderId}/${step}/`) && outcome === 'stands').length
    const expected = confirmed ? 1 : 0
    for (const [books, step] of [
      [system.participants.acquirer, 'authorise-payment'],
      [system.participants.acquirer, 'capture-payment'],
      [system.participants.carriers, 'book-shipment'],
    ] as const) {
      const count = standing(books, step)
      if (count !== expected) say(`${count} × ${step} stand with the partner, ${expected} expected`)
    }
    const held = [...reservations.values()].filter(
      ({ key, record }) => key.orderId === orderId && ['done', 'sold'].includes(record.state),
    )
    if (held.length !== expected) say(`${held.length} reservations, ${expected} expected`)
    if (held.some(({ record }) => record.state !== 'sold')) say('confirmed, but its stock is not sold')
    const untold = events.filter((event) => !system.said.has(idOf(event)))
    if (untold.some(({ type }) => type === order.status)) say('nobody was told')
    const asked = events.some(({ type }) => type === 'cancellation-requested')
    if (asked && order.status === 'confirmed' && order.cancellation !== 'too-late')
      say('nobody told the customer that the cancellation came too late')
  }
  for (const { sku, initial, available, reserved, sold } of stock.values()) {
    if (available < 0 || reserved !== 0 || available + reserved + sold !== initial) {
      wrong.push(`stock of ${sku}: ${available} available + ${reserved} reserved + ${sold} sold of ${initial}`)
    }
  }
  for (const table of [system.participants.payments, system.participants.shipments]) wrong.push(...openIntents(table))
  return wrong
}

const openIntents = (table: RecordTable): string[] =>
  [...table].flatMap(([commandId, text]) =>
    /"state":"(undo-)?intent"/.test(text) ? [`${commandId}: an intent is still open`] : [],
  )
