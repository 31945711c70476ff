import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide, limits, type Memory, nothingYet } from '../../../functions/support/decide.ts'
import { type News, newsOf } from '../../../functions/support/news.ts'

const minutes = (n: number): number => n * 60_000

const description =
  'calls are unanswered | severity: critical | owner: payments | remedy: close-valve:payments-commands | runbook: docs/runbooks/partner-unanswered.md'
const alarm = 'neverstop-dev-acquirer-partner-unanswered'
const on: News = newsOf({ alarm, state: 'ALARM', previous: 'OK', reason: 'because', description }, 0)
const off: News = { ...on, state: 'OK', previous: 'ALARM' }

describe('the news of an alarm', () => {
  test('carry what the alarm says of itself', () => {
    expect(on).toEqual({
      alarm,
      state: 'ALARM',
      previous: 'OK',
      reason: 'because',
      at: 0,
      meaning: 'calls are unanswered',
      severity: 'critical',
      owner: 'payments',
      runbook: 'docs/runbooks/partner-unanswered.md',
      remedy: { verb: 'close-valve', queue: 'payments-commands' },
    })
  })
  test.each(['no bars at all', 'meaning | remedy: pray', ''])('leave to people what names no remedy: %s', (text) => {
    const news = newsOf({ alarm, state: 'ALARM', previous: 'OK', reason: '', description: text }, 0)
    expect(news.remedy).toBeUndefined()
    expect(decide(news, nothingYet, 0)).toMatchObject({ do: 'nothing', because: 'it is for people' })
  })
  test('know a remedy that concerns no queue', () => {
    const news = newsOf(
      { alarm, state: 'ALARM', previous: 'OK', reason: '', description: 'x | remedy: retry-sagas' },
      0,
    )
    expect(news.remedy).toEqual({ verb: 'retry-sagas' })
  })
})

describe('the policy', () => {
  test('applies the remedy of an alarm that comes on, and remembers it', () => {
    expect(decide(on, nothingYet, minutes(5))).toEqual({
      do: 'apply',
      remedy: on.remedy,
      memory: { applied: [minutes(5)], onSince: minutes(5), pending: true },
    })
  })
  test('carries out again what was decided and is not known to be done, without counting it twice', () => {
    const { memory } = decide(on, nothingYet, 0)
    expect(decide(on, memory, 1_000)).toMatchObject({ do: 'apply', memory: { applied: [0], pending: true } })
    expect(decide(off, memory, 1_000).memory).not.toHaveProperty('pending')
  })
  test('applies it at most once a minute', () => {
    const memory: Memory = { applied: [minutes(5)] }
    expect(decide(on, memory, minutes(5) + 59_999).do).toBe('nothing')
    expect(decide(on, memory, minutes(6)).do).toBe('apply')
  })
  test('pages when it was applied five times within the hour, and gives it up for an hour', () => {
    const memory: Memory = { applied: [0, 10, 20, 30, 40].map((minute) => minutes(minute)) }
    const given = decide(on, memory, minutes(50))
    expect(given).toMatchObject({ do: 'page', memory: { applied: [], brokenUntil: minutes(110), untold: true } })
    const { untold: _, ...told } = given.memory
    expect(decide(on, told, minutes(109)).do).toBe('nothing')
    expect(decide(on, told, minutes(110)).do).toBe('apply')
  })
  test('pages again while nobody is known to have been told that it is given up, whatever the alarm did meanwhile', () => {
    const untold: Memory = { applied: [], onSince: 0, brokenUntil: minutes(60), untold: true }
    const { memory } = decide(off, untold, minutes(1))
    expect(decide(on, memory, minutes(2))).toMatchObject({ do: 'page', memory: { untold: true } })
    expect(decide(on, memory, minutes(60)).do).toBe('apply')
  })
  test('forgets what is longer ago than an hour', () => {
    const memory: Memory = { applied: [0, 1, 2, 3, 4].map((minute) => minutes(minute)) }
    expect(decide(on, memory, minutes(61))).toMatchObject({
      do: 'apply',
      memory: { applied: [2, 3, 4, 61].map((m) => minutes(m)) },
    })
  })
  test('recovers when the cause is over', () => {
    expect(decide(off, { applied: [0], onSince: 0 }, minutes(2))).toEqual({ do: 'recover', memory: { applied: [0] } })
  })
  test('has nothing to recover after a remedy that is no cause, or an alarm that never was on', () => {
    const retried: News = { ...off, remedy: { verb: 'retry-sagas' } }
    expect(decide(retried, { applied: [], onSince: 0 }, 1).do).toBe('nothing')
    expect(decide({ ...off, previous: 'INSUFFICIENT_DATA' }, nothingYet, 1).do).toBe('nothing')
    expect(decide({ ...off, state: 'INSUFFICIENT_DATA' }, { applied: [], onSince: 0 }, 1).do).toBe('nothing')
  })
  test('never applies a remedy more than five times in any hour, whatever comes', () => {
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: minutes(9) }), state: fc.constantFrom('ALARM', 'OK') }),
      {
        maxLength: 80,
      },
    )
    fc.assert(
      fc.property(steps, (moments) => {
        let memory = nothingYet
        let now = 0
        const applied: number[] = []
        for (const { wait, state } of moments) {
          now += wait
          const decision = decide(state === 'ALARM' ? on : off, memory, now)
          // Carried out at once.
          const { pending: _, untold: __, ...rest } = decision.memory
          memory = rest
          if (decision.do === 'apply') applied.push(now)
        }
        for (const at of applied)
          expect(applied.filter((other) => other >= at && other < at + limits.window).length).toBeLessThanOrEqual(
            limits.applications,
          )
        for (let index = 1; index < applied.length; index++)
          expect(applied[index]! - applied[index - 1]!).toBeGreaterThanOrEqual(limits.pause)
      }),
    )
  })
})
