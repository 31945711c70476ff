import type { ReportPressure } from './admission-store.ts'
import type { Log } from './log.ts'
import { pressureGauge } from './pressure.ts'
import type { Clock, Millis } from './time.ts'

type Ports = { readonly report: ReportPressure; readonly clock: Clock; readonly log: Pick<Log, 'warn'> }

/**
 * Says now and then, for one instance of a consumer, how long messages wait in its queue. A report that fails is a line in
 * the log and nothing else: the work goes on, and the regulator knows by itself when it hears nothing.
 */
export const pressureReport = ({ report, clock, log }: Ports) => {
  const gauge = pressureGauge()
  return async (edge: string, ages: readonly Millis[]): Promise<void> => {
    for (const age of ages) gauge.saw(edge, age)
    const due = gauge.due(clock())
    if (due.length === 0) return
    try {
      await report(due)
    } catch (error) {
      log.warn('the pressure of a queue was not reported', { error: error as Error })
    }
  }
}
