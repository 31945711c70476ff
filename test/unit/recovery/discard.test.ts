import { describe, expect, test } from 'vitest'
import { type Message, parse } from '../../../events/envelope.ts'
import { failedRecord } from '../../../events/http/recovery.ts'
import { contracts } from '../../../events/index.ts'
import { answerOf } from '../../../functions/recovery/answer.ts'
import { discard } from '../../../functions/recovery/discard.ts'
import { documentOf } from '../../../functions/recovery/documents.ts'
import { importAll } from '../../../functions/recovery/import.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { redrive } from '../../../functions/recovery/redrive.ts'
import { memoryDesk, memoryPayloads } from '../../support/memory-desk.ts'
import { anArrival, command, orderId } from './arrivals.ts'

const now = Date.parse('2026-11-01T12:00:00.000Z')
const failed = takeIn(undefined, anArrival())
const doing = { actId: 'd-1', by: 'olga', reason: 'nobody needs it' }
const request = { ...doing, recordId: failed.recordId, erase: false, answer: 'none' } as const

const tools = (desk: ReturnType<typeof memoryDesk>, fail?: Error) => {
  const told: Message[] = []
  const payloads = memoryPayloads()
  const tellSaga = async (message: Message) => {
    if (fail) throw fail
    told.push(message)
  }
  return { told, payloads, all: { desk, payloads, tellSaga, clock: () => now } }
}

describe('a discard', () => {
  test('puts the message away and tells nobody', async () => {
    const desk = memoryDesk(failed)
    const { told, all } = tools(desk)
    expect(await discard(request, all)).toMatchObject({ record: { status: 'discarded' } })
    expect(told).toEqual([])
  })

  test('as refused tells the saga, as an operator’s evidence about that step', async () => {
    const desk = memoryDesk(failed)
    const { told, all } = tools(desk)
    await discard({ ...request, answer: 'refused' }, all)
    expect(told).toHaveLength(1)
    expect(parse(JSON.stringify(told[0]), contracts)).toMatchObject({
      ok: true,
      message: {
        data: {
          sagaId: `fulfil-order:${orderId}`,
          verb: 'resolve',
          step: 'reserve-stock',
          as: 'refused',
          attempt: 1,
          by: 'olga',
          reason: 'nobody needs it',
        },
      },
    })
  })

  test('whose saga could not be told is not done, and asking again tells it under the same id and the first name', async () => {
    const desk = memoryDesk(failed)
    await expect(discard({ ...request, answer: 'refused' }, tools(desk, new Error('throttled')).all)).rejects.toThrow()
    expect(desk.only()).toMatchObject({ status: 'open', history: [{ act: 'discard', answer: 'refused' }] })

    const { told, all } = tools(desk)
    await discard({ ...request, actId: 'd-2', by: 'oleg' }, all)
    expect(told).toMatchObject([{ id: `${failed.recordId}/d-1/refused`, data: { by: 'olga' } }])
    expect(desk.only()).toMatchObject({ status: 'discarded', history: [{ by: 'olga' }] })
  })

  test.each([
    ['somebody', {}],
    ['a staged redrive', { plan: 'p-1', group: failed.fingerprint }],
  ])('that is under way is not sent back by %s: its saga may know already that it is refused', async (_, who) => {
    const desk = memoryDesk(failed)
    await expect(discard({ ...request, answer: 'refused' }, tools(desk, new Error('died')).all)).rejects.toThrow()

    const sent: unknown[] = []
    const result = await redrive(
      { recordId: failed.recordId, actId: 'a-1', by: 'oleg', reason: 'repaired', ...who },
      {
        desk,
        payloads: memoryPayloads(),
        send: async (_queue, messages) => void sent.push(...messages),
        knows: () => true,
        clock: () => now,
        leases: { sending: 1, outcome: 1 },
      },
    )
    expect(result).toMatchObject({ refused: 'discarding', detail: expect.stringContaining('olga') })
    expect(sent).toEqual([])
  })

  test('that erases removes what is kept elsewhere, too', async () => {
    const { payloads, all } = tools(memoryDesk())
    const payload = await payloads.keep('f_x', { kind: 'envelope', text: 'x'.repeat(60_000) })
    const desk = memoryDesk({ ...failed, payload, original: payload })
    await discard({ ...request, erase: true }, { ...all, desk })
    expect(payloads.objects.size).toBe(0)
    expect(desk.only()).toMatchObject({ payload: { kind: 'erased' } })
    expect(desk.only()).not.toHaveProperty('original')
  })

  test('of what nobody knows is refused', async () => {
    expect(await discard(request, tools(memoryDesk()).all)).toMatchObject({ refused: 'unknown-record' })
  })

  test.each([
    ['an undo', `fulfil-order:${orderId}/reserve-stock/undo/1`, /cannot be refused/],
    ['an event', `${orderId}/1`, /no command of a saga/],
    ['the end of a saga', `fulfil-order:${orderId}/end/confirm`, /no command of a saga/],
  ])('as refused is refused for %s, and nothing is written', async (_, id, because) => {
    const record = { ...failed, identity: { ...failed.identity!, id } }
    expect(answerOf(record, { ...doing, at: 'x' })).toMatchObject({ refused: 'no-step' })
    const desk = memoryDesk(record)
    const result = await discard({ ...request, answer: 'refused' }, tools(desk).all)
    expect(result).toMatchObject({ refused: 'no-step', detail: expect.stringMatching(because) })
    expect(desk.only()).toBe(record)
  })
})

describe('an import', () => {
  const exported = (record: DeskRecord, revealed = true) =>
    documentOf(record, { payload: record.payload, original: record.original, revealed })
  const act = { actId: 'i-1', by: 'olga', reason: 'from the old desk', at: '2026-11-01T12:00:00.000Z' }
  const into = (desk: ReturnType<typeof memoryDesk>, ...documents: unknown[]) =>
    importAll(documents, act, { desk, payloads: memoryPayloads() })

  test('gives the record that was exported, and says that it was imported', async () => {
    const desk = memoryDesk()
    expect(await into(desk, exported(failed))).toEqual([{ id: failed.recordId, result: 'imported' }])
    const { history, attempts, arrivals: _, version: __, ...rest } = desk.only()!
    const { history: ___, attempts: ____, arrivals: _____, version: ______, ...expected } = failed
    expect(rest).toEqual(expected)
    expect(attempts).toMatchObject([{ code: 'damaged-stock-record', receives: 1 }])
    expect(history).toEqual([{ ...act, act: 'import', completedAt: act.at }])
  })

  test('of bytes gives the bytes', async () => {
    const bytes = takeIn(undefined, anArrival({ identity: null, payload: { kind: 'bytes', base64: 'AAEC' } }))
    const desk = memoryDesk()
    await into(desk, exported(bytes))
    expect(desk.only()).toMatchObject({ recordId: bytes.recordId, payload: { kind: 'bytes', base64: 'AAEC' } })
  })

  test('may be repeated, and leaves alone what is here already', async () => {
    const desk = memoryDesk()
    await into(desk, exported(failed))
    const before = desk.only()
    expect(await into(desk, exported(failed))).toEqual([{ id: failed.recordId, result: 'known' }])
    expect(desk.only()).toBe(before)
  })

  test('opens what was on its way somewhere else, and keeps settled what was settled', async () => {
    const other = takeIn(undefined, anArrival({ origin: 'other' }))
    const desk = memoryDesk()
    await into(desk, exported({ ...failed, status: 'redriven' }), exported({ ...other, status: 'handled' }))
    expect((await desk.load(failed.recordId))?.status).toBe('open')
    expect((await desk.load(other.recordId))?.status).toBe('handled')
  })

  test.each([
    ['masked', exported(failed, false), /masked/],
    ['no record', { id: 'f_x', nonsense: true }, /no record/],
    ['nothing', null, /no record/],
    [
      'larger than a queue takes',
      { ...exported(failed), body: `${' '.repeat(262_144)}${JSON.stringify(command)}` },
      /bytes/,
    ],
    ['under the id of another', { ...exported(failed), id: `f_${'b'.repeat(26)}` }, /its id is not/],
  ])('refuses what is %s', async (_, document, because) => {
    const desk = memoryDesk()
    const [result] = await into(desk, document)
    expect(result).toMatchObject({ result: 'refused', because: expect.stringMatching(because) })
    expect(desk.size()).toBe(0)
  })

  test('takes exactly what the interface shows', () => {
    expect(failedRecord.strict().parse(exported(failed))).toMatchObject({ body: JSON.stringify(command) })
  })
})
