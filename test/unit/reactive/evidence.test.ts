import { describe, expect, test } from 'vitest'
import { byType, evidenceHandler, type SentMessage } from '../../../reactive/evidence.ts'

const message = (id: string, type = 'a'): SentMessage => ({ id, type, subject: 's', correlationId: 's', at: 1 })
const all = async (messages: readonly SentMessage[]) => messages.map(({ id }) => ({ id, as: 'handled' as const }))

describe('the evidence of a context', () => {
  test('answers what was handled', async () => {
    const handler = evidenceHandler('/x', { handled: all })
    expect(await handler({ ask: 'handled', messages: [message('1')] })).toEqual({ found: [{ id: '1', as: 'handled' }] })
  })

  test('answers what was sent in a span of time, where flows begin', async () => {
    const handler = evidenceHandler('/x', {
      handled: all,
      sent: async (from, to) => [message(`${from} ${to}`)],
    })
    const [from, to] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z']
    expect(await handler({ ask: 'sent', from, to })).toEqual({ sent: [message(`${from} ${to}`)] })
  })

  test('says so where none begins', async () => {
    const handler = evidenceHandler('/payments', { handled: all })
    const asked = handler({ ask: 'sent', from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z' })
    await expect(asked).rejects.toThrow('/payments begins no flow')
  })

  test.each([{}, { ask: 'everything' }, { ask: 'handled', messages: [{ id: '' }] }, { ask: 'sent', from: 'noon' }])(
    'refuses %j',
    async (event) => {
      await expect(evidenceHandler('/x', { handled: all })(event)).rejects.toThrow()
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
