import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { AdvanceRedrive, RecordOutcome } from '../../../events/recovery.ts'
import { beginRedrive, noteHandled } from '../../../functions/recovery/acts.ts'
import { deskCommandsOf } from '../../../functions/recovery/outcomes.ts'
import type { Plan } from '../../../functions/recovery/plan.ts'
import { policyOf } from '../../../functions/recovery/policies.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import type { Returning } from '../../../functions/recovery/redrive.ts'
import { advanceStaged, startStaged, stopStaged } from '../../../functions/recovery/staged.ts'
import { sweep } from '../../../functions/recovery/sweep.ts'
import { tryGroups } from '../../../functions/recovery/try.ts'
import type { Failure } from '../../../reactive/failure.ts'
import { days, hours, iso, minutes } from '../../../reactive/time.ts'
import { deskTables, memoryPayloads, memoryPlans, memoryStore } from '../../support/memory-desk.ts'
import { observedInMemory } from '../../support/observation.ts'
import { anArrival, command } from './arrivals.ts'

const start = Date.parse('2026-11-01T12:00:00.000Z')
const terms = { by: 'olga', reason: 'repaired', rate: 10, stopAt: 0.2 }

type FailureClass = Failure['class']

const aRecord = (n: number, failureClass: FailureClass = 'permanent') =>
  takeIn(
    undefined,
    anArrival({
      arrivalId: `m-${n}`,
      at: iso(start - minutes(1) + n),
      failure: { class: failureClass, code: 'c', message: 'm' },
      payload: { kind: 'envelope', text: JSON.stringify({ ...command, id: `id-${n}` }) },
      identity: { id: `id-${n}`, type: command.type, subject: 's', correlationId: 'c' },
    }),
  )

/** A desk with a group of so many, and a clock that is turned by hand. */
const aDesk = (size: number, failureClass: FailureClass = 'permanent') => {
  const records = Array.from({ length: size }, (_, n) => aRecord(n, failureClass))
  const tables = deskTables(...records)
  const desk = memoryStore(tables)
  const sent: Returning[] = []
  const reminders: { plan: string; delay: number }[] = []
  let now = start
  let refuse: Error | undefined
  let refused: (message: Returning) => boolean = () => true
  const { observation, valuesOf } = observedInMemory()
  const tools = {
    desk,
    plans: memoryPlans(tables),
    payloads: memoryPayloads(),
    knows: () => true,
    send: async (_queue: string, messages: readonly Returning[]) => {
      if (refuse && messages.some(refused)) throw refuse
      sent.push(...messages)
    },
    remind: async (message: { data: unknown }, delay: number) => {
      reminders.push({ plan: (message.data as { plan: string }).plan, delay })
    },
    clock: () => now,
    leases: { sending: minutes(1), outcome: minutes(5) },
    log: observation.log,
    measure: observation.measure,
  }
  const answer = async (messages: readonly Returning[], how: 'handled' | 'failed') => {
    for (const { mark } of messages)
      await desk.update(mark.record, (record) =>
        how === 'handled'
          ? noteHandled(record!, mark.act, iso(now))
          : takeIn(
              record,
              anArrival({ arrivalId: `again-${mark.record}-${now}`, at: iso(now), failure: record!.failure }),
            ),
      )
  }
  return {
    tools,
    tables,
    desk,
    sent,
    reminders,
    answer,
    fingerprint: records[0]?.fingerprint ?? 'aaaaaaaaaaaa',
    pass: (ms: number) => {
      now += ms
    },
    failSending: (error: Error | undefined, of: (message: Returning) => boolean = () => true) => {
      refuse = error
      refused = of
    },
    measured: valuesOf,
    plan: () => [...tables.plans.values()].at(-1)!,
  }
}

const begun = async ({ fingerprint, tools }: ReturnType<typeof aDesk>): Promise<Plan> => {
  const plan = await startStaged(fingerprint, terms, tools)
  if ('refused' in plan) throw new Error(plan.detail)
  return plan
}

describe('a staged redrive', () => {
  test('sends one, then ten, then the rest, each when the former were handled', async () => {
    const it = aDesk(40)
    const { planId } = await begun(it)
    const counts: number[] = []
    for (let tick = 0; tick < 60 && it.plan().status === 'running'; tick++) {
      const before = it.sent.length
      await advanceStaged(planId, it.tools)
      if (it.sent.length > before) counts.push(it.sent.length - before)
      await it.answer(it.sent.slice(before), 'handled')
      it.pass(1_000)
    }
    expect(counts.slice(0, 2)).toEqual([1, 10])
    expect(Math.max(...counts.slice(2))).toBeLessThanOrEqual(10)
    expect(it.plan()).toMatchObject({ status: 'done', sent: 40, handled: 40, failed: 0 })
    expect((await it.desk.groups({ all: true }))[0]).toMatchObject({ open: 0, handled: 40 })
  })

  test('stops after one when the cause is still there, and leaves the others alone', async () => {
    const it = aDesk(40)
    const { planId } = await begun(it)
    await advanceStaged(planId, it.tools)
    await it.answer(it.sent, 'failed')
    it.pass(1_000)
    await advanceStaged(planId, it.tools)
    expect(it.plan()).toMatchObject({ status: 'stopped', sent: 1, failed: 1 })
    expect(it.sent).toHaveLength(1)
  })

  test('by two operators at once is one', async () => {
    const it = aDesk(5)
    const both = await Promise.all([
      startStaged(it.fingerprint, terms, it.tools),
      startStaged(it.fingerprint, { ...terms, by: 'oleg' }, it.tools),
    ])
    expect(both.filter((plan) => 'planId' in plan)).toHaveLength(1)
    expect(both.filter((plan) => 'refused' in plan)).toMatchObject([{ refused: 'under-way' }])
  })

  test('advanced by several at once sends each message once', async () => {
    const it = aDesk(30)
    const { planId } = await begun(it)
    for (let tick = 0; tick < 30 && it.plan().status === 'running'; tick++) {
      const before = it.sent.length
      await Promise.all([1, 2, 3].map(() => advanceStaged(planId, it.tools)))
      await it.answer(it.sent.slice(before), 'handled')
      it.pass(1_000)
    }
    expect(it.plan()).toMatchObject({ status: 'done', sent: 30 })
    expect(new Set(it.sent.map(({ mark }) => mark.record)).size).toBe(it.sent.length)
  })

  test('that dies between intent and sending goes on once the sweep has sent what it left', async () => {
    const it = aDesk(3)
    const { planId } = await begun(it)
    it.failSending(new Error('died'))
    await expect(advanceStaged(planId, it.tools)).rejects.toThrow('died')
    it.failSending(undefined)
    expect(it.plan()).toMatchObject({ sent: 1, status: 'running' })
    expect(it.sent).toHaveLength(0)

    it.pass(minutes(2))
    await sweep(it.tools)
    expect(it.sent.map(({ mark }) => mark.act)).toEqual([planId])
    await it.answer(it.sent, 'handled')
    it.pass(1_000)
    await advanceStaged(planId, it.tools)
    expect(it.sent).toHaveLength(3)
  })

  test('does not send again what its plan has sent and what came back meanwhile', async () => {
    const it = aDesk(3)
    const { planId } = await begun(it)
    await advanceStaged(planId, it.tools)
    await it.answer(it.sent, 'handled')
    it.pass(1_000)
    await advanceStaged(planId, it.tools)
    await it.answer(it.sent.slice(1), 'failed')
    for (let tick = 0; tick < 5; tick++) {
      it.pass(1_000)
      await advanceStaged(planId, it.tools)
    }
    expect(it.sent).toHaveLength(3)
    expect(it.plan().status).toBe('stopped')
  })

  test('leaves those alone that fail only since it began', async () => {
    const it = aDesk(2)
    const { planId } = await begun(it)
    const late = takeIn(undefined, {
      ...anArrival(),
      arrivalId: 'late',
      at: iso(start + 10),
      failure: aRecord(1).failure,
    })
    await it.desk.update(late.recordId, () => late)
    for (let tick = 0; tick < 10 && it.plan().status === 'running'; tick++) {
      const before = it.sent.length
      await advanceStaged(planId, it.tools)
      await it.answer(it.sent.slice(before), 'handled')
      it.pass(1_000)
    }
    expect(it.plan()).toMatchObject({ status: 'done', sent: 2 })
    expect((await it.desk.load(late.recordId))?.status).toBe('open')
  })

  test('stopped by somebody sends nothing more', async () => {
    const it = aDesk(20)
    const { planId } = await begun(it)
    await advanceStaged(planId, it.tools)
    await it.answer(it.sent, 'handled')
    expect(await stopStaged(it.fingerprint, 'stopped by oleg: wrong group', it.tools)).toMatchObject({
      status: 'stopped',
    })
    it.pass(5_000)
    expect(await advanceStaged(planId, it.tools)).toBeUndefined()
    expect(it.sent).toHaveLength(1)
    expect(await stopStaged(it.fingerprint, 'again', it.tools)).toBeUndefined()
  })

  test.each([
    ['nobody knows', 'zzzzzzzzzzzz', 'unknown-group'],
    ['has nothing open', undefined, 'nothing-open'],
  ])('of a group that %s is refused', async (_, fingerprint, refused) => {
    const it = aDesk(1)
    await it.desk.update(aRecord(0).recordId, (record) => ({ ...record!, version: 2, status: 'discarded' }))
    expect(await startStaged(fingerprint ?? it.fingerprint, terms, it.tools)).toMatchObject({ refused })
  })
})

describe('the sweep', () => {
  test('opens again what was sent back and never heard of', async () => {
    const it = aDesk(1)
    const { planId } = await begun(it)
    await advanceStaged(planId, it.tools)
    it.pass(minutes(4))
    expect(await sweep(it.tools)).toMatchObject({ lapsed: 0 })
    it.pass(minutes(2))
    expect(await sweep(it.tools)).toMatchObject({ lapsed: 1 })
    expect(it.desk.only()).toMatchObject({ status: 'open', history: [{ outcome: 'unobserved' }] })
    expect(it.plan()).toMatchObject({ unobserved: 1 })
  })

  test('sends what it can when the message of one record cannot be sent, does all else, and says so', async () => {
    const it = aDesk(3)
    for (const recordId of it.tables.records.keys())
      await it.desk.update(
        recordId,
        (record) =>
          beginRedrive(record!, { actId: 'a', by: 'olga', reason: 'r', at: iso(start) }, iso(start)) as DeskRecord,
      )
    const silent = takeIn(
      undefined,
      anArrival({
        identity: null,
        payload: { kind: 'bytes', base64: 'AAEC' },
        failure: { class: 'transient', code: 'other', message: 'm' },
      }),
    )
    await it.desk.update(silent.recordId, () => silent)
    const broken = aRecord(1).recordId
    it.failSending(new Error('too long'), ({ mark }) => mark.record === broken)

    it.pass(minutes(2))
    await expect(sweep(it.tools)).rejects.toThrow(`${broken}: too long`)
    expect(it.sent.map(({ mark }) => mark.record).toSorted()).toEqual(
      [aRecord(0), aRecord(2)].map(({ recordId }) => recordId).toSorted(),
    )
    expect((await it.desk.load(broken))?.status).toBe('redriving')
    expect(it.plan()).toMatchObject({ fingerprint: silent.fingerprint, by: '/recovery' })
  })

  test('says how old the oldest open message is, and not since when there have been such', async () => {
    const it = aDesk(1)
    const old = aRecord(0)
    await it.desk.update(old.recordId, (record) => ({ ...record!, version: 2, status: 'handled' }))
    it.pass(days(30))
    const fresh = takeIn(undefined, {
      ...anArrival({ arrivalId: 'fresh', at: iso(it.tools.clock() - minutes(2)) }),
      failure: old.failure,
    })
    await it.desk.update(fresh.recordId, () => fresh)
    expect((await it.desk.group(it.fingerprint))!.open).toBe(1)
    await sweep(it.tools)
    expect(it.measured('OldestFailure')).toEqual([120])
  })

  test('reminds of a staged redrive that nobody advances', async () => {
    const it = aDesk(5)
    const { planId } = await begun(it)
    it.reminders.splice(0)
    it.pass(minutes(1))
    await sweep(it.tools)
    expect(it.reminders).toEqual([{ plan: planId, delay: 0 }])
  })

  test('tries a transient group by itself when its time has come, once', async () => {
    const it = aDesk(4, 'transient')
    expect(await sweep(it.tools)).toMatchObject({ tried: [] })
    it.pass(minutes(2))
    const [first, second] = await Promise.all([sweep(it.tools), sweep(it.tools)])
    expect([...first.tried, ...second.tried]).toHaveLength(1)
    expect(it.plan()).toMatchObject({ by: '/recovery', status: 'running' })
  })

  test('tries it again, ever later, and leaves it to people in the end', async () => {
    const it = aDesk(4, 'transient')
    let tries = 0
    for (let minute = 0; minute < 20 * 60; minute++) {
      it.pass(minutes(1))
      tries += (await sweep(it.tools)).tried.length
      if (it.plan()?.status !== 'running') continue
      await advanceStaged(it.plan().planId, it.tools)
      await it.answer(it.sent.splice(0), 'failed')
      it.pass(1_000)
      await advanceStaged(it.plan().planId, it.tools)
    }
    expect(tries).toBe(10)
    expect((await it.desk.groups({ all: false }))[0]).toMatchObject({ open: 4, auto: { tries: 10 } })
  })

  test.each([
    ['came from no queue', { origin: null }],
    ['came from a queue that is gone', { origin: 'gone' }],
  ])('does not try without end what %s', async (_, from) => {
    const it = aDesk(0)
    const record = takeIn(
      undefined,
      anArrival({ ...from, at: iso(start), failure: { class: 'transient', code: 'c', message: 'm' } }),
    )
    await it.desk.update(record.recordId, () => record)
    const tools = { ...it.tools, knows: (queue: string) => queue !== 'gone' }
    let tries = 0
    for (let minute = 0; minute < 20 * 60; minute++) {
      it.pass(minutes(1))
      tries += (await sweep(tools)).tried.length
      const plan = it.plan()
      if (plan?.status === 'running') await advanceStaged(plan.planId, tools)
    }
    expect(tries).toBeLessThanOrEqual(10)
    expect(it.sent).toEqual([])
  })

  test('never touches what is permanent', async () => {
    const it = aDesk(4)
    for (let hour = 0; hour < 30; hour++) {
      it.pass(hours(1))
      expect((await sweep(it.tools)).tried).toEqual([])
    }
    expect(it.sent).toEqual([])
  })
})

describe('the news that a cause has cleared', () => {
  const cleared = { by: 'support', because: 'the acquirer answers again' }
  const said = async (it: ReturnType<typeof aDesk>) =>
    tryGroups(await it.desk.groups({ all: false }), cleared, it.tools)

  test('has a transient group tried at once, in the name of who said so, at the rate of its policy', async () => {
    const it = aDesk(4, 'transient')
    expect(await sweep(it.tools)).toMatchObject({ tried: [] })
    expect(await said(it)).toEqual({ tried: [{ fingerprint: it.fingerprint, plan: it.plan().planId }], left: [] })
    expect(it.plan()).toMatchObject({
      status: 'running',
      by: 'support',
      reason: 'the acquirer answers again: try 1 of 10',
      rate: policyOf({ class: 'transient', messageType: command.type })!.rate,
    })
  })

  test('told twice at once, or while the group is on its way, begins one staged redrive', async () => {
    const it = aDesk(4, 'transient')
    const both = await Promise.all([said(it), said(it)])
    expect(both.flatMap(({ tried }) => tried)).toHaveLength(1)
    expect(await said(it)).toMatchObject({ tried: [], left: [{ because: 'a staged redrive is under way' }] })
  })

  test('spends the same budget as every other try, and not more', async () => {
    const it = aDesk(4, 'transient')
    let tries = 0
    for (let time = 0; time < 15; time++) {
      tries += (await said(it)).tried.length
      if (it.plan().status === 'running') {
        await advanceStaged(it.plan().planId, it.tools)
        await it.answer(it.sent.splice(0), 'failed')
        it.pass(1_000)
        await advanceStaged(it.plan().planId, it.tools)
      }
      it.pass(minutes(1))
    }
    expect(tries).toBe(10)
    expect(await said(it)).toMatchObject({ left: [{ because: '10 tries have failed; a person decides' }] })
  })

  test.each(['permanent', 'poison', 'expired', 'unknown'] as const)(
    'never touches what is %s',
    async (failureClass) => {
      const it = aDesk(4, failureClass)
      expect(await said(it)).toEqual({
        tried: [],
        left: [{ fingerprint: it.fingerprint, because: `${failureClass} failures are for people` }],
      })
      expect(it.sent).toEqual([])
    },
  )
})

describe('the desk’s own queue', () => {
  const news = (record: string, act: string) =>
    seal(RecordOutcome({ record, act, outcome: 'handled', consumer: '/inventory', at: iso(start) }), {
      id: `${record}/${act}/handled`,
      source: '/inventory',
      subject: record,
      time: iso(start),
      correlationid: record,
    })
  const delivery = (contract: unknown, message: unknown) => ({ contract, message, remainingMs: () => 10_000 }) as never

  test('writes down all news of a batch, twice the same, and advances what is due', async () => {
    const it = aDesk(3)
    const { planId } = await begun(it)
    await advanceStaged(planId, it.tools)
    const { record } = it.sent[0]!.mark
    it.pass(1_000)
    const advance = seal(AdvanceRedrive({ fingerprint: it.fingerprint, plan: planId }), {
      id: 'a',
      source: '/recovery',
      subject: 's',
      time: iso(start),
      correlationid: 'c',
    })
    const outcomes = await deskCommandsOf(it.tools)([
      delivery(RecordOutcome, news(record, planId)),
      delivery(RecordOutcome, news(record, planId)),
      delivery(RecordOutcome, news('f_nobody', planId)),
      delivery(AdvanceRedrive, advance),
    ])
    expect(outcomes).toEqual([undefined, undefined, undefined, undefined])
    expect((await it.desk.load(record))?.status).toBe('handled')
    expect(it.sent).toHaveLength(3)
  })

  test('has told in vain when the table does not answer, and keeps the messages', async () => {
    const it = aDesk(1)
    const failing = {
      ...it.tools,
      desk: {
        ...it.desk,
        updateAll: async () => {
          throw new Error('throttled')
        },
      },
    }
    const outcomes = await deskCommandsOf(failing)([delivery(RecordOutcome, news('f_x', 'a'))])
    expect(outcomes).toMatchObject([{ message: 'throttled' }])
  })
})
