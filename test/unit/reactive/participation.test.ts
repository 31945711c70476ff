import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { ReserveStock } from '../../../events/inventory.ts'
import { memoryBreakerStore } from '../../../reactive/breaker-store.ts'
import { PermanentError, PostponedError, TransientError } from '../../../reactive/errors.ts'
import type { Guard, Heard, Turn } from '../../../reactive/guard.ts'
import { partnerCommand, partnerUndo } from '../../../reactive/participant.ts'
import { type Part, takePart } from '../../../reactive/participation.ts'
import { budgetTerms } from '../../../reactive/retry-budget.ts'
import { days, iso, minutes, seconds } from '../../../reactive/time.ts'
import { instances } from '../../support/breaker-store-suite.ts'
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

describe('an open intent', () => {
  const silent = async () => ({ known: false, because: 'timeout' }) as const
  const met = async () => {
    const { part, records } = aPart(minutes(1))
    const listed = async () => {
      const found: string[] = []
      for await (const { message } of records.openBefore(start + days(1))) found.push(message.id)
      return found
    }
    const away = { ...part, partner: { ...part.partner, call: silent } }
    await expect(takePart(away)).rejects.toThrow(TransientError)
    return { part, records, listed, away }
  }

  test('is on no list for as long as its first message is on the way', async () => {
    const { records, listed } = await met()
    expect(await records.load(key)).toMatchObject({ state: 'intent' })
    expect(await listed()).toEqual([])
  })

  test('is listed before its partner is asked again, and only once', async () => {
    const { records, listed, away, part } = await met()
    let lists = 0
    const list: typeof records.list = async (...on) => {
      lists += 1
      await records.list(...on)
    }
    const found: string[][] = []
    const call = async () => {
      found.push(await listed())
      return silent()
    }
    const again = { ...away, records: { ...records, list }, partner: { ...part.partner, call } }
    for (let time = 0; time < 3; time++) await expect(takePart(again)).rejects.toThrow(TransientError)
    expect(found).toEqual([[part.message.id], [part.message.id], [part.message.id]])
    expect(lists).toBe(1)
  })

  test('is not asked about when it cannot be listed', async () => {
    const { away, records } = await met()
    const list = async () => {
      throw new TransientError('throttled')
    }
    const call = async () => {
      throw new Error('It was called.')
    }
    const again = { ...away, records: { ...records, list }, partner: { ...away.partner, call } }
    await expect(takePart(again)).rejects.toThrow('throttled')
  })

  test('is off the list once the answer is known', async () => {
    const { away, part, listed } = await met()
    await takePart(away).catch(() => undefined)
    expect(await listed()).toHaveLength(1)
    expect(await takePart(part)).toMatchObject({ says: 'done' })
    expect(await listed()).toEqual([])
  })

  test('is the undo’s own once that took it over, and listed with it when it comes again', async () => {
    const { away, listed } = await met()
    const { presume: _, plan: __, ...rest } = away
    const undo: Part<string, string> = { ...rest, message: { ...rest.message, id: 'undo' }, column: partnerUndo }
    await expect(takePart(undo)).rejects.toThrow(TransientError)
    expect(await listed()).toEqual([])
    await expect(takePart(undo)).rejects.toThrow(TransientError)
    expect(await listed()).toEqual(['undo'])
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

describe('a partner with a guard', () => {
  /** A guard that says what it is told to, and keeps what it hears. */
  const aGuard = (lets = true) => {
    const heard: (Heard | Turn)[] = []
    const its = { lets }
    const guard: Guard = {
      isClosed: async () => its.lets,
      enter: async (turn) => {
        if (!its.lets) return { may: 'wait', until: start + minutes(5), because: 'it is open' }
        heard.push(turn)
        return { may: 'call', heard: async (what) => void heard.push(what) }
      },
    }
    return { guard: () => guard, heard, its }
  }
  const answered = { answered: true, took: 0 }

  test('is called with leave, and the guard hears of the answer', async () => {
    const { guard, heard } = aGuard()
    const { part } = aPart(minutes(1))
    expect(await takePart({ ...part, guard })).toMatchObject({ says: 'done' })
    expect(heard).toEqual(['first', answered])
  })

  test('without leave is not called, and nothing is committed: the command may still expire', async () => {
    const { guard } = aGuard(false)
    const { part, records, calls } = aPart(minutes(1))
    await expect(takePart({ ...part, guard })).rejects.toThrow(PostponedError)
    expect(await records.load(key)).toEqual({ state: 'none' })
    expect(calls()).toBe(0)
    const late = { ...part, guard, terms: { ...part.terms, deadline: start + 1 } }
    expect(await takePart(late)).toEqual({ says: 'refused', reason: expect.objectContaining({ code: 'expired' }) })
  })

  test('without leave makes a command come back in time to be told that it is too late', async () => {
    const { guard } = aGuard(false)
    const { part } = aPart(minutes(1))
    const untilOf = async (deadline?: number) =>
      takePart({ ...part, guard, terms: { ...part.terms, ...(deadline === undefined ? {} : { deadline }) } }).catch(
        (error: PostponedError) => error.until - start,
      )
    expect(await untilOf()).toBe(minutes(5))
    expect(await untilOf(start + minutes(9))).toBe(minutes(5))
    expect(await untilOf(start + minutes(2))).toBe(minutes(2) + 1)
  })

  test('without leave does not keep back an answer that is on record', async () => {
    const { guard, its } = aGuard()
    const { part } = aPart(minutes(1))
    await takePart({ ...part, guard })
    its.lets = false
    expect(await takePart({ ...part, guard })).toEqual({ says: 'done', result: 'charged', repeated: true })
  })

  test('is asked again under an intent as a repetition, whatever was presumed', async () => {
    const { guard, heard } = aGuard()
    const { part } = aPart(minutes(1))
    const silent = { ...part.partner, call: async () => ({ known: false, because: 'timeout' }) as const }
    await expect(takePart({ ...part, guard, partner: silent })).rejects.toThrow(TransientError)
    expect(heard.splice(0)).toEqual(['first', { answered: false, took: 0 }])
    await takePart({ ...part, guard })
    expect(heard).toEqual(['first', 'unused', 'repeated', answered])
  })

  test('without leave keeps an open intent open, however late it is', async () => {
    const { guard, its } = aGuard()
    const { part, records } = aPart(minutes(1))
    const silent = { ...part.partner, call: async () => ({ known: false, because: 'timeout' }) as const }
    await takePart({ ...part, guard, partner: silent }).catch(() => undefined)
    its.lets = false
    const late = { ...part, guard, terms: { ...part.terms, deadline: start + 1 } }
    await expect(takePart(late)).rejects.toMatchObject({ name: 'PostponedError', until: start + minutes(5) })
    expect(await records.load(key)).toMatchObject({ state: 'intent' })
  })

  test('is not blamed for a call that found no room', async () => {
    const { guard, heard } = aGuard()
    const { part } = aPart(minutes(1))
    const full = { ...part.partner, call: async () => ({ known: false, because: 'no room', unasked: true }) as const }
    await expect(takePart({ ...part, guard, partner: full })).rejects.toThrow(TransientError)
    expect(heard).toEqual(['first', 'unused'])
  })

  test('is not blamed for a handler that has no time left', async () => {
    const { guard, heard } = aGuard()
    const { part, calls } = aPart(minutes(1))
    await expect(takePart({ ...part, guard, remainingMs: () => 100 })).rejects.toThrow(TransientError)
    expect([heard, calls()]).toEqual([['first', 'unused'], 0])
  })

  test('has answered when what it said is for a person to settle', async () => {
    const { guard, heard } = aGuard()
    const { part } = aPart(minutes(1))
    const settles = {
      ...part.partner,
      call: async () => {
        throw new PermanentError('void-refused', 'by hand')
      },
    }
    await expect(takePart({ ...part, guard, partner: settles })).rejects.toThrow(PermanentError)
    expect(heard).toEqual(['first', answered])
  })

  test('says that it does not know by throwing, too', async () => {
    const { guard, heard } = aGuard()
    const { part } = aPart(minutes(1))
    const throws = {
      ...part.partner,
      call: async () => {
        throw new TransientError('no answer')
      },
    }
    await expect(takePart({ ...part, guard, partner: throws })).rejects.toThrow('no answer')
    expect(heard).toEqual(['first', { answered: false, took: 0 }])
  })

  test('is reversed with leave of its own, and an undo waits for it without end', async () => {
    const { guard, heard, its } = aGuard()
    const { part, records } = aPart(minutes(1))
    await takePart({ ...part, guard })
    heard.splice(0)
    const { presume: _, plan: __, ...rest } = part
    const undo: Part<string, string> = {
      ...rest,
      guard,
      column: partnerUndo,
      partner: { ...part.partner, reverse: async () => ({ known: true, answer: undefined }) },
    }
    its.lets = false
    await expect(takePart(undo)).rejects.toThrow(PostponedError)
    expect(await records.load(key)).toMatchObject({ state: 'undo-intent' })
    its.lets = true
    expect(await takePart(undo)).toMatchObject({ says: 'undone' })
    expect(heard).toEqual(['repeated', answered])
  })

  /** A command that nobody knows the outcome of, and its undo, which asks first and then reverses. */
  const anUnknown = async () => {
    const { part, records } = aPart(minutes(1))
    const silent = { ...part.partner, call: async () => ({ known: false, because: 'timeout' }) as const }
    await takePart({ ...part, partner: silent }).catch(() => undefined)
    const { presume: _, plan: __, ...rest } = part
    const reverse = async () => ({ known: true, answer: undefined }) as const
    const undo: Part<string, string> = { ...rest, column: partnerUndo, partner: { ...part.partner, reverse } }
    return { records, undo }
  }

  test('hears that an undo is no retry, and what it acts on no call of its own', async () => {
    const { guard, heard } = aGuard()
    const { undo } = await anUnknown()
    expect(await takePart({ ...undo, guard })).toMatchObject({ says: 'undone' })
    expect(heard).toEqual(['first', answered, 'further', answered])
  })

  test('hears of an undo that comes again as one retry, however many calls it takes', async () => {
    const { guard, heard, its } = aGuard(false)
    const { undo } = await anUnknown()
    await expect(takePart({ ...undo, guard })).rejects.toThrow(PostponedError)
    its.lets = true
    expect(await takePart({ ...undo, guard })).toMatchObject({ says: 'undone' })
    expect(heard).toEqual(['repeated', answered, 'further', answered])
  })

  test('that has hardly any retries left lets each that it lets in come to its end, however many wait', async () => {
    const { its, guards } = instances(memoryBreakerStore(), 1)
    const [guard] = guards as [Guard]
    for (let i = 0; i < budgetTerms.reserve; i++) await guard.enter('repeated')
    const away: Guard = { ...guard, enter: async () => ({ may: 'wait', until: its.now, because: 'it is open' }) }
    const waiting = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const { undo } = await anUnknown()
        await takePart({ ...undo, guard: () => away }).catch(() => undefined)
        return { undo: { ...undo, guard: () => guard }, due: its.now }
      }),
    )
    const begun = its.now
    for (; waiting.length > 0 && its.now < begun + seconds(60); its.now += 100)
      await Promise.all(
        waiting
          .filter(({ due }) => due <= its.now)
          .map(async (one) => {
            const said = await takePart(one.undo).catch((error: PostponedError) => error)
            if (said instanceof PostponedError) one.due = said.until
            else waiting.splice(waiting.indexOf(one), 1)
          }),
      )
    expect(waiting).toEqual([])
  })
})
