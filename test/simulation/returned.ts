import { fold } from '../../functions/ordering/order.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { standingIn } from './partner.ts'
import type { System } from './system.ts'

/**
 * What is wrong with returns when everything has come to rest: a return that was carried out is one parcel fetched and its
 * file closed, the money given back once and for it, the goods where their condition says; one that was not is none of it.
 */
export const brokenReturns = (stage: System): string[] => {
  const wrong: string[] = []
  const { acquirer, carriers, stock } = stage.participants
  const [refunds, parcels] = [standingIn(acquirer), standingIn(carriers)]
  for (const [orderId, events] of stage.orders.streams) {
    const order = fold(events)
    const say = (what: string) => wrong.push(`return of ${orderId}: ${what}`)
    const sale = [...stock.reservations.values()].find(({ key }) => key.orderId === orderId)?.record
    const comeback = order.status === 'none' ? undefined : order.return
    if (comeback?.state !== 'completed' && sale?.state === 'restocked') say('its goods are on the shelves again')
    if (comeback === undefined) continue

    const sagaId = `return-order:${orderId}`
    const saga = itemOf(stage, sagaId)
    const completed = comeback.state === 'completed'
    if (comeback.state === 'requested') say('it never ended')
    if (saga?.phase !== 'ended') say(`its saga has not ended: ${saga?.phase ?? 'it has none'}`)
    else if (saga.outcome !== 'operator' && (saga.outcome === 'done') !== completed)
      say(`its saga ended ${saga.outcome}`)
    const left = stage.witness.skipped.get(sagaId)

    const pickUps = ['pick-up-by-swift', 'pick-up-by-steady']
    const fetched = pickUps.filter((step) => !left?.has(step)).reduce((sum, step) => sum + parcels(sagaId, step), 0)
    const settledByHand = pickUps.some((step) => left?.has(step))
    if (settledByHand ? fetched > 1 : fetched !== (completed ? 1 : 0)) say(`${fetched} parcels are to be fetched`)
    if (!left?.has('close-with-carrier') && parcels(sagaId, 'close-with-carrier') !== (completed ? 1 : 0))
      say(`closed ${parcels(sagaId, 'close-with-carrier')} times with its carrier`)

    const refund = itemOf(stage, `refund-order:${orderId}`)
    const called = refund?.called?.by.startsWith(`${sagaId}/refund/`) ? refund.called.says : undefined
    if ((called === 'done') !== completed) say(`${comeback.state}, and told of its refund: ${called ?? 'nothing'}`)
    if (completed && refunds(`refund-order:${orderId}`, 'refund-payment') !== 1) say('the money did not go back once')

    if (!completed || sale === undefined) continue
    const { condition } = comeback
    const noted = 'condition' in sale ? sale.condition : undefined
    if (noted !== condition && !left?.has('take-back'))
      say(`taken back as ${noted ?? 'nothing'}, recorded ${condition}`)
    const wanted = condition === 'resellable' ? 'restocked' : 'sold'
    if (sale.state !== wanted && !left?.has('restock')) say(`${condition}, and its goods are ${sale.state}`)
  }
  return wrong
}

const itemOf = (stage: System, sagaId: string): SagaItem | undefined => {
  const text = stage.sagas.items.get(sagaId)
  return text === undefined ? undefined : (JSON.parse(text) as SagaItem)
}
