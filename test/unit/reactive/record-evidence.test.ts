import { describe, expect, test } from 'vitest'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { type OnRecord, recordShows, replyTo } from '../../../reactive/record-evidence.ts'

const command: SentMessage = {
  id: 'fulfil-order:ord_1/reserve-stock/do/1',
  type: 'inventory.ReserveStock.v1',
  subject: 'ord_1',
  correlationId: 'ord_1',
  at: 1_000,
  answers: 'saga-fulfil-order',
}
const undo = { ...command, id: 'fulfil-order:ord_1/reserve-stock/undo/1', undoes: command.id }
const replies = { done: 'inventory.StockReserved.v1', refused: 'inventory.StockRefused.v1' }
const undone = { undone: 'inventory.StockReleased.v1' }
const shown = (state: OnRecord['state'], more: Partial<OnRecord> = {}) =>
  recordShows(command, { state, at: 5_000, ...more }, replies)
const shownOfUndo = (state: OnRecord['state']) => recordShows(undo, { state, at: 5_000 }, undone)

describe('the record of a command', () => {
  test('proves nothing when there is none', () => {
    expect(recordShows(command, undefined, replies)).toBeUndefined()
    expect(shown('none')).toBeUndefined()
  })

  test.each(['done', 'sold'] as const)('that is %s proves the command and that its answer was sent', (state) => {
    expect(shown(state)).toEqual({
      id: command.id,
      as: 'handled',
      sent: [
        {
          id: `${command.id}/StockReserved`,
          type: replies.done,
          subject: 'ord_1',
          correlationId: 'ord_1',
          at: 5_000,
          to: 'saga-fulfil-order',
        },
      ],
    })
  })

  test.each(['refused', 'undone', 'undo-intent'] as const)('that is %s proves a refusal', (state) => {
    expect(shown(state)).toMatchObject({ as: 'handled', sent: [{ type: replies.refused }] })
  })

  test('that is an open intent proves that it was taken on, and no answer', () => {
    expect(shown('intent')).toEqual({ id: command.id, as: 'under-way' })
  })

  test('that is a tombstone tells whether the command expired or its undo was first', () => {
    expect(shown('tombstone', { because: 'expired' })).toMatchObject({
      as: 'expired',
      sent: [{ type: replies.refused }],
    })
    expect(shown('tombstone', { because: 'undone' })).toMatchObject({ as: 'handled' })
  })
})

describe('the record of a command, asked about its undo', () => {
  test.each(['none', 'intent', 'done', 'sold'] as const)('proves nothing while it is %s', (state) => {
    expect(shownOfUndo(state)).toBeUndefined()
  })

  test('proves an undo that was taken on', () => {
    expect(shownOfUndo('undo-intent')).toEqual({ id: undo.id, as: 'under-way' })
  })

  test.each(['undone', 'tombstone', 'refused'] as const)('proves the undo when it is %s', (state) => {
    expect(shownOfUndo(state)).toMatchObject({
      as: 'handled',
      sent: [{ id: `${undo.id}/StockReleased`, type: undone.undone }],
    })
  })
})

describe('a reply', () => {
  test('counts from when its command was asked again, not from a record that is older', () => {
    expect(replyTo({ ...command, at: 9_000 }, replies.done, 5_000).at).toBe(9_000)
  })

  test('names no inbox when its command awaits no answer', () => {
    const { answers: _, ...quiet } = command
    expect(replyTo(quiet, replies.done, 5_000)).not.toHaveProperty('to')
  })
})
