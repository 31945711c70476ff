import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createOutput } from '../../../cli/output.ts'
import { runPlan } from '../../../cli/steps.ts'

/** An output for machines: steps are lines on stderr, whatever this test runs in. */
const record = () => {
  const lines: string[] = []
  const streams = { stdout: () => undefined, stderr: (text: string) => void lines.push(text.trimEnd()) }
  return { lines, out: createOutput({ json: true, streams }) }
}
const untimed = (line: string) => line.replace(/ \(\d+\.\d s\)$/, '')

test('steps say that they begin, what they do and how they ended', async () => {
  const { lines, out } = record()

  await runPlan(
    [
      {
        title: 'cloud',
        run: async (progress) => {
          progress('starting')
          return 'port 4566'
        },
      },
      { title: 'silent', run: async () => undefined },
    ],
    out,
  )

  expect(lines.map(untimed)).toEqual(['· cloud', '  cloud: starting', '✔ cloud: port 4566', '· silent', '✔ silent'])
})

test('steps of an inner list run at the same time, and what follows waits for all of them', async () => {
  const { out } = record()
  const events: string[] = []
  const step = (title: string, ms: number) => ({
    title,
    run: async () => {
      events.push(`${title} begins`)
      await sleep(ms)
      events.push(`${title} ends`)
      return undefined
    },
  })

  await runPlan([[step('a', 30), step('b', 5)], step('c', 0)], out)

  expect(events).toEqual(['a begins', 'b begins', 'b ends', 'a ends', 'c begins', 'c ends'])
})

test('what a step throws ends the plan', async () => {
  const { lines, out } = record()
  const plan = [
    { title: 'fails', run: () => Promise.reject(new Error('no')) },
    { title: 'never', run: async () => undefined },
  ]

  await expect(runPlan(plan, out)).rejects.toThrow('no')
  expect(lines).toEqual(['· fails'])
})
