import type { Sample } from './store.ts'

/** A line of a function's log. `at` in epoch milliseconds. */
export type LoggedLine = { readonly at: number; readonly stream: string; readonly message: string }

/**
 * What AWS/Lambda would count, read from the lines that the platform writes around each invocation: Invocations, Errors
 * and Duration of a function.
 *
 * An invocation that ended well leaves only what the function logged, one JSON document a line; one that threw or ran out
 * of time leaves a trace after it. One whose lines came too late leaves nothing, so nothing is no proof of a failure: a
 * process that dies without a word counts as an invocation only.
 *
 * @param lines of one function, in order, each invocation whole.
 *
 * @example
 * invocationsIn('neverstop-local-edge-authorizer', lines).samples
 * // [{ metric: { namespace: 'AWS/Lambda', name: 'Invocations', … }, value: 1 }, …]
 */
export const invocationsIn = (functionName: string, lines: readonly LoggedLine[]): Sample[] => {
  const begun = new Map<string, string[]>()
  const samples: Sample[] = []
  const sample = (name: string, at: number, value: number) => {
    samples.push({
      metric: { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: functionName } },
      at,
      value,
    })
  }
  for (const { at, stream, message } of lines) {
    const text = message.trim()
    const within = begun.get(stream)
    if (text.startsWith('START RequestId: ')) begun.set(stream, [])
    else if (text.startsWith('REPORT RequestId: ')) {
      const [, duration] = /\tDuration: ([\d.]+) ms/.exec(message) ?? []
      sample('Invocations', at, 1)
      sample('Errors', at, failed(within) ? 1 : 0)
      if (duration !== undefined) sample('Duration', at, Number(duration))
      begun.delete(stream)
    } else if (!text.startsWith('END RequestId: ') && text !== '') within?.push(text)
  }
  return samples
}

const failed = (body: readonly string[] = []): boolean => {
  const last = body.at(-1)
  return last !== undefined && !last.startsWith('{')
}
