import { describe, expect, test } from 'vitest'
import { takeInAll } from '../../../functions/recovery/intake.ts'
import type { DeskStore } from '../../../functions/recovery/store.ts'
import { command, deadLetter, note } from './arrivals.ts'
import { memoryDesk } from './desk.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const clock = () => Date.parse('2026-11-01T12:00:00.000Z')
const take = (desk: Pick<DeskStore, 'update'>, ...records: ReturnType<typeof deadLetter>[]) =>
  takeInAll({ Records: records }, { desk, clock, log: quiet })

const other = JSON.stringify({ ...command, id: 'other' })

describe('the intake', () => {
  test('records what it is given and lets the queue delete it', async () => {
    const desk = memoryDesk()

    expect(await take(desk, deadLetter({ note }))).toEqual({ batchItemFailures: [] })
    expect(desk.only()).toMatchObject({ status: 'open', count: 1, failure: { code: 'damaged-stock-record' } })
  })

  test('killed before the deletion takes the same message in again without counting it twice', async () => {
    const desk = memoryDesk()
    await take(desk, deadLetter({ note }))
    await take(desk, deadLetter({ note }))

    expect(desk.only()).toMatchObject({ count: 1, version: 1 })
  })

  test('folds copies of one message in one batch into one record', async () => {
    const desk = memoryDesk()
    await take(desk, deadLetter({ note, id: 'm-1' }), deadLetter({ note, id: 'm-2' }), deadLetter({ note, id: 'm-3' }))

    expect(desk.size()).toBe(1)
    expect(desk.only()?.count).toBe(3)
  })

  test('running twice at once loses neither arrival', async () => {
    const desk = memoryDesk()
    desk.interfereOnce(() => take(desk, deadLetter({ note, id: 'm-2' })))
    await take(desk, deadLetter({ note, id: 'm-1' }))

    expect(desk.only()?.count).toBe(2)
    expect(desk.only()?.attempts.map(({ arrivalId }) => arrivalId)).toEqual(['m-1', 'm-2'])
  })

  test('keeps in the queue what it could not record, and only that', async () => {
    const desk = memoryDesk()
    const failing: Pick<DeskStore, 'update'> = {
      update: async (id, change) => {
        if (change(undefined)?.identity?.id === 'other') throw new Error('throttled')
        return desk.update(id, change)
      },
    }

    expect(await take(failing, deadLetter({ note }), deadLetter({ note, body: other, id: 'm-2' }))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-2' }],
    })
    expect(desk.only()?.identity?.id).toBe(command.id)
  })
})
