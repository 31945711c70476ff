import { describe, expect, test } from 'vitest'
import { byType, type Evidence, type SentMessage, testify } from '../../../reactive/evidence.ts'

/** Evidence that is asked, and what its line says. */
const witness = (service: string, evidence: Evidence) => {
  const lines: unknown[] = []
  const ask = (event: unknown) =>
    testify(service, evidence)(event, { line: (_, message, traits) => void lines.push([message, traits]) })
  return { ask, lines }
}
const message = (id: string, type = 'a'): SentMessage => ({ id, type, subject: 's', correlationId: 's', at: 1 })
const all = async (messages: readonly SentMessage[]) => messages.map(({ id }) => ({ id, as: 'handled' as const }))

describe('the evidence of a context', () => {
  test('answers what was handled', async () => {
    const { ask, lines } = witness('/x', { handled: all })
    expect(await ask({ ask: 'handled', messages: [message('1')] })).toEqual({ found: [{ id: '1', as: 'handled' }] })
    expect(lines).toEqual([['asked: handled', { messages: 1 }]])
  })

  test('answers what was sent in a span of time, where flows begin', async () => {
    const { ask } = witness('/x', {
      handled: all,
      sent: async (from, to) => [message(`${from} ${to}`)],
    })
    const [from, to] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z']
    expect(await ask({ ask: 'sent', from, to })).toEqual({ sent: [message(`${from} ${to}`)] })
  })

  test('says so where none begins', async () => {
    const asked = witness('/payments', { handled: all }).ask({
      ask: 'sent',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-01T00:00:00.000Z',
    })
    await expect(asked).rejects.toThrow('/payments begins no flow')
  })

  test('answers what its consumer would make of messages, and says so where nobody can tell', async () => {
    const would = async (bodies: readonly string[]) => bodies.map((because) => ({ says: 'passes', because }) as const)
    const question = { ask: 'would', bodies: ['a', 'b'] }
    expect(await witness('/x', { handled: all, would }).ask(question)).toEqual({
      would: [
        { says: 'passes', because: 'a' },
        { says: 'passes', because: 'b' },
      ],
    })
    const { would: untold } = (await witness('/x', { handled: all }).ask(question)) as { would: unknown[] }
    expect(untold).toMatchObject([{ says: 'not-asked' }, { says: 'not-asked' }])
  })

  test.each([{}, { ask: 'everything' }, { ask: 'handled', messages: [{ id: '' }] }, { ask: 'sent', from: 'noon' }])(
    'refuses %j',
    async (event) => {
      await expect(witness('/x', { handled: all }).ask(event)).rejects.toThrow()
    },
  )
})

describe('evidence by type', () => {
  test('asks each once for all that it knows, and finds what nobody knows nowhere', async () => {
    const questions: string[][] = []
    const asker = async (messages: readonly SentMessage[]) => {
      questions.push(messages.map(({ id }) => id))
      return all(messages)
    }
    const evidence = byType({ a: asker, b: asker, c: all })
    const found = await evidence([message('1'), message('2', 'b'), message('3', 'c'), message('4', 'toString')])
    expect(questions).toEqual([['1', '2']])
    expect(found.map(({ id }) => id)).toEqual(['1', '2', '3'])
  })
})
