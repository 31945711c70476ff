import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BudgetTerms, retryBudget, retryBudgets } from '../../../reactive/retry-budget.ts'

const terms: BudgetTerms = { share: 0.1, reserve: 3, trickle: 0 }

describe('a budget of retries', () => {
  const aBudget = (its: BudgetTerms = terms) => {
    let now = 0
    const budget = retryBudget(its, () => now)
    const retries = (asked: number) => Array.from({ length: asked }, () => budget.mayRetry()).filter(Boolean).length
    return { budget, retries, pass: (ms: number) => (now += ms) }
  }

  test('begins with its reserve', () => {
    expect(aBudget().retries(10)).toBe(3)
  })

  test('earns one retry by ten calls', () => {
    const { budget, retries } = aBudget()
    retries(10)
    for (let call = 0; call < 9; call++) budget.called()
    expect(retries(1)).toBe(0)
    budget.called()
    budget.called()
    expect(retries(5)).toBe(1)
  })

  test('saves up no more than its reserve', () => {
    const { budget, retries } = aBudget()
    for (let call = 0; call < 1_000; call++) budget.called()
    expect(retries(100)).toBe(3)
  })

  test('lets the last message of a quiet hour be retried', () => {
    const { retries, pass } = aBudget({ ...terms, trickle: 0.5 })
    retries(10)
    pass(1_999)
    expect(retries(1)).toBe(0)
    pass(1)
    expect(retries(1)).toBe(1)
  })

  test('neither earns nor loses by a clock that is set back', () => {
    const { retries, pass } = aBudget({ ...terms, trickle: 1 })
    expect(retries(1)).toBe(1)
    pass(-3_600_000)
    expect(retries(10)).toBe(2)
    pass(1_000)
    expect(retries(10)).toBe(1)
  })

  test('never lets more through than a tenth of the calls, its reserve and what trickled', () => {
    const steps = fc.array(fc.oneof(fc.constant('call'), fc.constant('retry'), fc.nat(5_000)), { maxLength: 400 })
    fc.assert(
      fc.property(steps, (steps) => {
        const { budget, pass } = aBudget({ ...terms, trickle: 0.2 })
        let [calls, retries, passed] = [0, 0, 0]
        for (const step of steps) {
          if (step === 'call') {
            calls += 1
            budget.called()
          } else if (step === 'retry') retries += budget.mayRetry() ? 1 : 0
          else {
            passed += step as number
            pass(step as number)
          }
        }
        expect(retries).toBeLessThanOrEqual(3 + 0.1 * calls + 0.2 * (passed / 1_000) + 1e-9)
      }),
    )
  })
})

describe('the budgets of a process', () => {
  test('are one for each dependency, whoever asks', () => {
    const budgetOf = retryBudgets(terms, () => 0)
    for (let retry = 0; retry < 3; retry++) expect(budgetOf('acquirer').mayRetry()).toBe(true)
    expect(budgetOf('acquirer').mayRetry()).toBe(false)
    expect(budgetOf('swift').mayRetry()).toBe(true)
  })
})
