import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import { resendOpenIntents } from '../../../reactive/open-intents.ts'
import { seconds } from '../../../reactive/time.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'

const start = Date.UTC(2026, 0, 1)
/** Intents that were met again at some time. */
const given = async (...met: [id: string, at: number][]) => {
  const book = memoryCommandRecords<object, { id: string }>()
  for (const [commandId, now] of met) {
    const key = { orderId: 'ord_1', commandId }
    const message = { id: `message of ${commandId}` } as Message
    await book.commit(key, 'none', { state: 'intent', intent: {}, openedAt: now }, now)
    await book.list(key, 'intent', { message, now })
  }
  return book
}
const sweep = async (book: Awaited<ReturnType<typeof given>>, now: number) => {
  const sent: string[] = []
  const send = async (messages: readonly Message[]) => void sent.push(...messages.map(({ id }) => id))
  await resendOpenIntents({ intents: book, send, clock: () => now, olderThan: seconds(30) })
  return sent
}

describe('the sweep over open intents', () => {
  test('sends the message of an intent that has been on the list for longer than a delivery takes', async () => {
    const book = await given(['a', start], ['b', start + seconds(20)])
    expect(await sweep(book, start + seconds(31))).toEqual(['message of a'])
  })

  test('waits as long again before it sends the same one again', async () => {
    const book = await given(['a', start])
    expect(await sweep(book, start + seconds(31))).toHaveLength(1)
    expect(await sweep(book, start + seconds(60))).toHaveLength(0)
    expect(await sweep(book, start + seconds(62))).toHaveLength(1)
  })

  test('leaves alone what waits for a partner that is not called, and sends it when that is back', async () => {
    const book = await given(['a', start])
    let away = true
    const swept = async (now: number) => {
      const sent: string[] = []
      await resendOpenIntents({
        intents: book,
        mayAsk: async () => !away,
        send: async (messages) => void sent.push(...messages.map(({ id }) => id)),
        clock: () => now,
        olderThan: seconds(30),
      })
      return sent
    }
    expect(await swept(start + seconds(31))).toEqual([])
    away = false
    expect(await swept(start + seconds(32))).toEqual(['message of a'])
  })

  test('leaves a settled and a parked one alone', async () => {
    const book = await given(['settled', start], ['parked', start])
    await book.commit(
      { orderId: 'ord_1', commandId: 'settled' },
      'intent',
      { state: 'done', intent: {}, result: { id: '1' } },
      start,
    )
    await book.park({ orderId: 'ord_1', commandId: 'parked' })
    expect(await sweep(book, start + seconds(100))).toEqual([])
  })

  test('sends each once when two sweeps meet', async () => {
    const book = await given(['a', start], ['b', start])
    const both = await Promise.all([sweep(book, start + seconds(31)), sweep(book, start + seconds(31))])
    expect(both.flat().sort()).toEqual(['message of a', 'message of b'])
  })
})
