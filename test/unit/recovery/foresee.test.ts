import { describe, expect, test } from 'vitest'
import { foreseeing } from '../../../functions/recovery/foresee.ts'
import type { Question } from '../../../reactive/evidence.ts'

const bodiesOf = (question: Question) => (question.ask === 'would' ? question.bodies : [])

/** A stage in which payments can be asked; it answers each body with itself, unless a test says what it answers. */
const aStage = (answer?: (bodies: readonly string[]) => unknown) => {
  const asked: [string, readonly string[]][] = []
  const foresee = foreseeing({
    witnesses: { 'payments-commands': 'payments-evidence:live' },
    prefix: 'neverstop-test-',
    invoke: async (name, question) => {
      const bodies = bodiesOf(question)
      asked.push([name, bodies])
      const would = bodies.map((because) => ({ says: 'passes', because }))
      return JSON.stringify(answer ? answer(bodies) : { would })
    },
  })
  return { asked, foresee }
}

describe('asking the consumer of a queue', () => {
  test('asks the evidence of its context, a few messages at a time, and keeps their order', async () => {
    const { asked, foresee } = aStage()
    const bodies = Array.from({ length: 23 }, (_, index) => `message ${index}`)
    const words = await foresee('neverstop-test-payments-commands', bodies)
    expect(words.map(({ because }) => because)).toEqual(bodies)
    expect(asked.map(([name]) => name)).toEqual(Array(3).fill('neverstop-test-payments-evidence:live'))
    expect(Math.max(...asked.map(([, { length }]) => length))).toBeLessThanOrEqual(10)
  })

  test('says so where nobody can tell', async () => {
    const { asked, foresee } = aStage()
    const [word] = await foresee('neverstop-test-support-commands', ['x'])
    expect(word).toEqual({ says: 'not-asked', because: expect.stringContaining('neverstop-test-support-commands') })
    expect(asked).toEqual([])
  })

  test.each([
    ['fails', () => expect.fail('it is down'), 'it is down'],
    ['answers what nobody understands', () => ({ found: [] }), 'could not be asked'],
    ['answers for fewer messages than it was asked', () => ({ would: [] }), 'asked about 1 messages and told of 0'],
  ])('says so when its evidence %s, and stops nothing', async (_, answer, because) => {
    const [word] = await aStage(answer).foresee('neverstop-test-payments-commands', ['x'])
    expect(word).toEqual({ says: 'not-asked', because: expect.stringContaining(because) })
  })
})
