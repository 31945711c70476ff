import { describe, expect, test } from 'vitest'
import { takeInAll } from '../../../functions/recovery/intake.ts'
import type { DeskStore } from '../../../functions/recovery/store.ts'
import { memoryDesk, memoryPayloads } from '../../support/memory-desk.ts'
import { observedInMemory, unobserved } from '../../support/observation.ts'
import { command, deadLetter, note } from './arrivals.ts'

const clock = () => Date.parse('2026-11-01T12:00:00.000Z')
const payloads = memoryPayloads()
const take = (desk: Pick<DeskStore, 'updateAll'>, ...records: ReturnType<typeof deadLetter>[]) =>
  takeInAll({ Records: records }, { desk, payloads, clock, observed: unobserved('/recovery') }, context)

const context = { awsRequestId: 'req-1', getRemainingTimeInMillis: () => 2_000 }

const other = JSON.stringify({ ...command, id: 'other' })

describe('measuring the intake', () => {
  test('counts what arrived by class, and writes one line', async () => {
    const { observation, lines, sumOf } = observedInMemory('/recovery', 'recovery-intake')
    const records = [deadLetter({ note, id: 'm-1' }), deadLetter({ note, id: 'm-2' })]
    await takeInAll({ Records: records }, { desk: memoryDesk(), payloads, clock, observed: observation }, context)
    expect(sumOf('FailuresTaken', { class: 'permanent' })).toBe(2)
    expect(sumOf('MessagesHandled', { edge: 'recovery-intake' })).toBe(2)
    expect(lines).toMatchObject([{ level: 'info', message: 'handled 2' }])
  })

  test('says what stood in the way of what it could not take in, and counts none of it', async () => {
    const { observation, lines, sumOf } = observedInMemory('/recovery', 'recovery-intake')
    const desk = { updateAll: () => Promise.reject(new Error('throttled')) }
    await takeInAll({ Records: [deadLetter({ note })] }, { desk, payloads, clock, observed: observation }, context)
    expect(sumOf('FailuresTaken')).toBe(0)
    expect(lines.at(-1)).toMatchObject({ level: 'error', entry: { outcome: 'kept' } })
    expect(lines.at(-1)!.message).toContain('throttled')
  })
})

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
    const failing: Pick<DeskStore, 'updateAll'> = {
      updateAll: async (changes) => {
        for (const change of changes.values())
          if (change(undefined)?.identity?.id === 'other') throw new Error('throttled')
        return desk.updateAll(changes)
      },
    }

    expect(await take(failing, deadLetter({ note }), deadLetter({ note, body: other, id: 'm-2' }))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-2' }],
    })
    expect(desk.only()?.identity?.id).toBe(command.id)
  })

  test('keeps what is too large for an item outside, under the same id as if it were not', async () => {
    const data = { ...command.data, note: 'x'.repeat(60_000) }
    const body = JSON.stringify({ ...command, data })
    const desk = memoryDesk()
    await take(desk, deadLetter({ note, body }))
    await take(desk, deadLetter({ note, body, id: 'm-2' }))

    const record = desk.only()!
    expect(record).toMatchObject({ count: 2, payload: { kind: 'envelope', bytes: body.length } })
    expect(JSON.stringify(record).length).toBeLessThan(10_000)
    expect(await payloads.fetch(record.payload)).toEqual({ kind: 'envelope', text: body })
  })

  test('counts its group with its records, however often it dies and repeats', async () => {
    const desk = memoryDesk()
    await take(desk, deadLetter({ note }), deadLetter({ note, body: other, id: 'm-2' }))
    await take(desk, deadLetter({ note }), deadLetter({ note, id: 'm-3' }))

    const groups = await desk.groups({ all: true })
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ open: 2, failures: 3, class: 'permanent', code: 'damaged-stock-record' })
  })
})
