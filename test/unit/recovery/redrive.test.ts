import { describe, expect, test } from 'vitest'
import { beginRedrive } from '../../../functions/recovery/acts.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { type Returning, redrive } from '../../../functions/recovery/redrive.ts'
import { bytesPerMessage } from '../../../reactive/send.ts'
import { hours, iso } from '../../../reactive/time.ts'
import { memoryDesk, memoryPayloads } from '../../support/memory-desk.ts'
import { anArrival, command } from './arrivals.ts'

const failed = takeIn(undefined, anArrival())
const request = { recordId: failed.recordId, actId: 'a-1', by: 'olga', reason: 'stock repaired' }
const clock = () => Date.parse('2026-11-01T12:00:00.000Z')

/** A queue that remembers what it was sent, and may be told to fail. */
const queues = (fail?: Error) => {
  const sent: [string, string][] = []
  return {
    sent,
    knows: (queue: string) => queue === 'neverstop-local-inventory-commands',
    send: async (queue: string, messages: readonly Returning[]) => {
      if (fail) throw fail
      for (const { text } of messages) sent.push([queue, text])
    },
    payloads: memoryPayloads(),
    leases: { sending: 60_000, outcome: 300_000 },
  }
}

describe('a redrive', () => {
  test('puts the message to the letter on the queue where it failed', async () => {
    const desk = memoryDesk(failed)
    const { sent, ...queue } = queues()
    const result = await redrive(request, { desk, ...queue, clock })

    expect(sent).toEqual([['neverstop-local-inventory-commands', JSON.stringify(command)]])
    expect(result).toMatchObject({ record: { status: 'redriven' } })
    expect(desk.only()).toMatchObject({ status: 'redriven', history: [{ by: 'olga', reason: 'stock repaired' }] })
  })

  test('of bytes sends the same bytes', async () => {
    const bytes = Buffer.from('{"half":').toString('base64')
    const desk = memoryDesk(takeIn(undefined, anArrival({ identity: null, payload: { kind: 'bytes', base64: bytes } })))
    const { sent, ...queue } = queues()
    await redrive({ ...request, recordId: desk.only()!.recordId }, { desk, ...queue, clock })

    expect(sent[0]?.[1]).toBe('{"half":')
  })

  test('whose send fails leaves the intent on record, and asking again completes it under the first reason', async () => {
    const desk = memoryDesk(failed)
    await expect(redrive(request, { desk, ...queues(new Error('throttled')), clock })).rejects.toThrow('throttled')
    expect(desk.only()).toMatchObject({ status: 'redriving', history: [{ actId: 'a-1' }] })

    const { sent, ...queue } = queues()
    await redrive({ ...request, actId: 'a-2', reason: 'again' }, { desk, ...queue, clock })
    expect(sent).toHaveLength(1)
    expect(desk.only()).toMatchObject({ status: 'redriven', history: [{ actId: 'a-1', reason: 'stock repaired' }] })
  })

  test('that died after the send is sent again by the next request: twice, never not at all', async () => {
    const interrupted = beginRedrive(
      failed,
      { ...request, at: '2026-11-01T11:00:00.000Z' },
      '2026-11-01T11:01:00.000Z',
    ) as DeskRecord
    const desk = memoryDesk(interrupted)
    const { sent, ...queue } = queues()
    await redrive(request, { desk, ...queue, clock })

    expect(sent).toHaveLength(1)
    expect(desk.only()?.status).toBe('redriven')
  })

  test('of a message that fails anew while it is being sent leaves the record open', async () => {
    const desk = memoryDesk(failed)
    const { sent: _, ...queue } = queues()
    const result = await redrive(request, {
      desk,
      ...queue,
      send: async () => {
        await desk.update(failed.recordId, (record) => takeIn(record, anArrival({ arrivalId: 'm-2' })))
      },
      clock,
    })

    expect(result).toMatchObject({ record: { status: 'open', count: 2 } })
  })

  test('by two operators at once is one act', async () => {
    const desk = memoryDesk(failed)
    const { sent, ...queue } = queues()
    desk.interfereOnce(() => redrive({ ...request, actId: 'a-2', by: 'oleg' }, { desk, ...queue, clock }))
    const second = await redrive(request, { desk, ...queue, clock })

    expect(second).toMatchObject({ refused: 'already-redriven' })
    expect(sent).toHaveLength(1)
    expect(desk.only()?.history).toMatchObject([{ by: 'oleg' }])
  })

  test('taken over while its author was slow is opened again when nobody says what became of it', async () => {
    const desk = memoryDesk(failed)
    const { sent: _, ...queue } = queues()
    const slowly = async () => {
      await redrive({ ...request, actId: 'a-2', by: 'oleg' }, { desk, ...queue, clock })
    }
    await redrive(request, { desk, ...queue, send: slowly, clock })

    expect(desk.only()?.status).toBe('redriven')
    expect(await desk.lapsed('redriven', iso(clock() + hours(1)), 10)).toEqual([failed.recordId])
  })

  test.each([
    ['nobody knows', memoryDesk(), 'unknown-record'],
    ['came from no queue', memoryDesk(takeIn(undefined, anArrival({ origin: null }))), 'no-origin'],
    [
      'its queue would not take with the mark beside it',
      memoryDesk(
        takeIn(undefined, anArrival({ payload: { kind: 'envelope', kept: 'payloads/x', bytes: bytesPerMessage } })),
      ),
      'too-large',
    ],
    ['came from a queue that is gone', memoryDesk(takeIn(undefined, anArrival({ origin: 'gone' }))), 'unknown-queue'],
  ])('of a message that %s is refused and nothing is sent', async (_what, desk, refused) => {
    const { sent, ...queue } = queues()
    const recordId = desk.only()?.recordId ?? failed.recordId
    expect(await redrive({ ...request, recordId }, { desk, ...queue, clock })).toMatchObject({ refused })
    expect(sent).toEqual([])
    expect(desk.only()?.version ?? 1).toBe(1)
  })
})
