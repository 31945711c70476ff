import { lastWord } from '../../reactive/last-word.ts'
import { memoryMeter, unmeasured } from '../../reactive/metering.ts'
import type { Observation } from '../../reactive/observation.ts'
import { type Tracer, untraced } from '../../reactive/tracing.ts'

export type LogLine = { readonly level: string; readonly message: string; readonly entry: Record<string, unknown> }

/** An observation whose measurements and log lines a test can look at. */
export const observedInMemory = (source = '/test', handler = 'test-handler', tracer: Tracer = untraced) => {
  const lines: LogLine[] = []
  const line = (level: string) => (message: unknown, entry: unknown) => {
    lines.push({ level, message: String(message), entry: (entry ?? {}) as Record<string, unknown> })
  }
  const { measure, taken } = memoryMeter(source)
  let cold = true
  const observation: Observation = {
    source,
    handler,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') } as Observation['log'],
    measure,
    edgeOf: (queue) => queue.replace(/^neverstop-test-/, ''),
    coldStart: () => {
      const answer = cold
      cold = false
      return answer
    },
    tracer,
    lastWord,
  }
  /** What was measured under a name, and the sum of it. */
  const valuesOf = (name: string) => taken.filter((one) => one.name === name).map(({ value }) => value)
  const sumOf = (name: string, where: Record<string, string> = {}) =>
    taken
      .filter((one) => one.name === name)
      .filter(({ dimensions }) => Object.entries(where).every(([key, value]) => dimensions[key] === value))
      .reduce((sum, { value }) => sum + value, 0)
  return { observation, lines, taken, valuesOf, sumOf }
}

/** For runs that are too many to be looked at. */
export const unobserved = (source: string): Observation => ({
  source,
  handler: 'unobserved',
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  measure: unmeasured,
  edgeOf: (queue) => queue,
  coldStart: () => false,
  tracer: untraced,
  lastWord: () => () => false,
})
