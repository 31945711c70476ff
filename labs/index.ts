import { backPressure } from './back-pressure.ts'
import { breakerLab } from './breaker.ts'
import { bulkheadLab } from './bulkhead.ts'
import { failureDetection } from './failure-detection.ts'
import { fairness } from './fairness.ts'
import type { Lab } from './lab.ts'
import { regulation } from './regulation.ts'
import { retryBudgetLab } from './retry-budget.ts'
import { scalingOut } from './scaling-out.ts'

/** Every lab, in the order of their concepts. A new one is a file beside this one and a line here. */
export const labs: readonly Lab[] = [
  breakerLab,
  bulkheadLab,
  failureDetection,
  retryBudgetLab,
  fairness,
  backPressure,
  regulation,
  scalingOut,
]
