import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { ReserveStock } from '../../../events/inventory.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { partnerCommand } from '../../../reactive/participant.ts'
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
