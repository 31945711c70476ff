import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { ReserveStock } from '../../../events/inventory.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { partnerCommand, partnerUndo } from '../../../reactive/participant.ts'
import { type Part, takePart } from '../../../reactive/participation.ts'
import { days, iso, minutes } from '../../../reactive/time.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'

const start = Date.UTC(2026, 0, 1)
const key = { orderId: 'ord_0123456789abcdef', commandId: 'saga/step/do/1' }
const addressing = {
  id: key.commandId,
  source: '/saga/x',
  subject: key.orderId,
  time: iso(start),
  correlationid: key.orderId,
}
const message = seal(ReserveStock({ orderId: key.orderId, lines: [] }), addressing)

/** A command whose first delivery is presumed, played `late` after it was first sent. */
const aPart = (late: number) => {
  const records = memoryCommandRecords<string, string>(days(30))
  let calls = 0
  const part: Part<string, string> = {
    column: partnerCommand,
    key,
    message,
    terms: { commandId: key.commandId, firstSent: start, horizon: days(30) },
    plan: () => ({ plan: 'call', intent: 'charge' }),
    records,
    partner: {
      name: 'the partner',
      remembers: days(1),
      callTakes: 1_000,
      call: async () => {
        calls += 1
        return { known: true, answer: { outcome: 'succeeded', result: 'charged' } }
      },
    },
    clock: () => start + late,
    remainingMs: () => 5_000,
    presume: 'none',
  }
  return { part, records, calls: () => calls }
}

describe('a command that is presumed to be new', () => {
  test('is carried out once, and answered from its record when it comes again', async () => {
    const { part, calls } = aPart(minutes(1))
    expect(await takePart(part)).toEqual({ says: 'done', result: 'charged' })
    expect(await takePart(part)).toEqual({ says: 'done', result: 'charged', repeated: true })
    expect(calls()).toBe(1)
  })

  test('is answered from its record beyond the horizon, instead of being given up', async () => {
    const { part, records } = aPart(minutes(1))
    await takePart(part)
    const late = { ...aPart(days(40)).part, records }
    expect(await takePart(late)).toEqual({ says: 'done', result: 'charged', repeated: true })
  })

  test('is given up beyond the horizon when there is indeed no record', async () => {
    const { part, calls } = aPart(days(40))
    await expect(takePart(part)).rejects.toThrow(PermanentError)
    expect(calls()).toBe(0)
  })
})

describe('an undo that the partner refuses', () => {
  const kept = { code: 'collected', message: 'It is on its way.' }
  const refusing = async () => {
    const { part, records } = aPart(minutes(1))
    await takePart(part)
    let keeps = true
    let reversals = 0
    const { presume: _, plan: __, ...rest } = part
    const undo: Part<string, string> = {
      ...rest,
      column: partnerUndo,
      partner: {
        ...part.partner,
        reverse: async () => {
          reversals += 1
          return { known: true, answer: keeps ? { kept } : undefined }
        },
      },
    }
    const open = async () => {
      const found: string[] = []
      for await (const { commandId } of records.openBefore(start + days(1))) found.push(commandId)
      return found
    }
    const giveIn = () => {
      keeps = false
    }
    return { undo, records, open, reversals: () => reversals, giveIn }
  }

  test('is answered so, and its record stays open but is left to whoever asks', async () => {
    const { undo, records, open } = await refusing()
    expect(await takePart(undo)).toMatchObject({ says: 'undo-refused', reason: kept })
    expect(await records.load(key)).toMatchObject({ state: 'undo-intent', result: 'charged' })
    expect(await open()).toEqual([])
  })

  test('is asked anew when it comes again, and done when the partner gives in', async () => {
    const { undo, records, reversals, giveIn } = await refusing()
    await takePart(undo)
    expect(await takePart(undo)).toMatchObject({ says: 'undo-refused' })
    giveIn()
    expect(await takePart(undo)).toMatchObject({ says: 'undone' })
    expect(await takePart(undo)).toMatchObject({ says: 'undone', repeated: true })
    expect(await records.load(key)).toMatchObject({ state: 'undone' })
    expect(reversals()).toBe(3)
  })
})
