import { describe, expect, test } from 'vitest'
import type { ConsumerWord } from '../../../events/http/recovery.ts'
import { checkAll, check as checkOne } from '../../../functions/recovery/check.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { days } from '../../../reactive/time.ts'
import { anArrival, command } from './arrivals.ts'

const text = JSON.stringify(command)
const now = Date.parse('2026-11-01T12:00:00.000Z')
const failed = takeIn(undefined, anArrival())
const notAsked: ConsumerWord = { says: 'not-asked', because: 'nobody can tell' }

const reachOf = (word: ConsumerWord) => {
  const asked: [string, readonly string[]][] = []
  const foresee = async (queue: string, bodies: readonly string[]) => {
    asked.push([queue, bodies])
    return bodies.map(() => word)
  }
  return { asked, reach: { knows: (queue: string) => queue !== 'gone', now, horizon: days(30), foresee } }
}
const check = (message: string, record: DeskRecord = failed, word: ConsumerWord = notAsked) =>
  checkOne({ record, text: message }, reachOf(word).reach)

const expired = JSON.stringify({ ...command, deadline: '2026-11-01T11:00:00.000Z' })
const old = JSON.stringify({ ...command, firstsent: '2026-09-01T00:00:00.000Z' })

describe('the check', () => {
  test('passes what its contract takes and what has somewhere to go, and says who was not asked', async () => {
    expect(await check(text)).toEqual({ id: failed.recordId, passes: true, because: [], consumer: notAsked })
  })

  test.each([
    ['breaks its contract', JSON.stringify({ ...command, data: {} }), failed, /^contract-violation/],
    ['is no JSON', '{', failed, /^not-json/],
    ['has expired', expired, failed, /^expired/],
    ['is older than any inbox', old, failed, /^before-horizon/],
    ['came from no queue', text, takeIn(undefined, anArrival({ origin: null })), /nowhere to send it back to/],
    ['came from a queue that is gone', text, takeIn(undefined, anArrival({ origin: 'gone' })), /no queue gone/],
    ['is settled', text, { ...failed, status: 'discarded' as const }, /was discarded/],
  ])('says why of what %s', async (_, message, record, because) => {
    const { passes, because: said } = await check(message, record)
    expect(passes).toBe(false)
    expect(said.join()).toMatch(because)
  })

  test('believes an operator who has stamped it anew', async () => {
    const stamped = { ...command, time: '2026-09-01T00:00:00.000Z', firstsent: '2026-10-31T00:00:00.000Z' }
    expect((await check(JSON.stringify(stamped))).passes).toBe(true)
  })
})

describe('the word of the consumer', () => {
  test('refuses what the contract takes', async () => {
    const word = { says: 'refuses', because: 'its saga would be told: out-of-stock' } as const
    expect(await check(text, failed, word)).toMatchObject({ passes: false, because: [word.because], consumer: word })
  })

  test.each([
    ['late', expired],
    ['old', old],
  ])('is believed of what is %s: it alone knows whether it has done it already', async (_, message) => {
    const word = { says: 'repeats', because: 'it would be answered StockReserved from its record' } as const
    expect(await check(message, failed, word)).toMatchObject({ passes: true, because: [], consumer: word })
  })

  test('is asked once for all messages of a queue, in their order, and of none that would not be sent', async () => {
    const { reach, asked } = reachOf({ says: 'passes', because: 'the units would be held' })
    const elsewhere = takeIn(undefined, anArrival({ origin: 'payments' }))
    const checks = await checkAll(
      [
        { record: failed, text },
        { record: { ...failed, status: 'handled' }, text },
        { record: elsewhere, text: expired },
        { record: { ...failed }, text: old },
      ],
      reach,
    )
    expect(asked).toEqual([
      [failed.origin, [text, old]],
      ['payments', [expired]],
    ])
    expect(checks.map(({ passes }) => passes)).toEqual([true, false, true, true])
    expect(checks[1]!.consumer).toEqual({ says: 'not-asked', because: 'it would not be sent' })
  })
})
