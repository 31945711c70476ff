import { describe, expect, test } from 'vitest'
import { type Breaker, closed } from '../../../reactive/breaker.ts'
import type { Finding, SentMessage } from '../../../reactive/evidence.ts'
import { withPutBack } from '../../../reactive/put-back-evidence.ts'
import { minutes } from '../../../reactive/time.ts'

const now = Date.UTC(2026, 0, 5, 12)
const patience = minutes(3)
const asked = (id: string): SentMessage => ({ id, type: 't', subject: 's', correlationId: 's', at: 1 })
const onRecord = async (messages: readonly SentMessage[]): Promise<readonly Finding[]> =>
  messages.filter(({ id }) => id === 'done').map(({ id }) => ({ id, as: 'handled' }))
const open: Breaker = { state: 'open', since: now - 1, until: now + 1, times: 1, because: 'unanswered' }

const found = (breakers: Readonly<Record<string, Breaker>>) =>
  withPutBack(onRecord, {
    breakers: { load: async (name) => ({ breaker: breakers[name] ?? closed, version: 1 }) },
    dependencies: ['north', 'south'],
    clock: () => now,
    patience,
  })([asked('done'), asked('missing')])

describe('a command that no record mentions', () => {
  test.each<[string, Breaker, boolean]>([
    ['its breaker has never been open', closed, false],
    ['it is open', open, true],
    ['it is half-open', { state: 'half-open', since: now, times: 1, answered: 0 }, true],
    ['it has closed a moment ago', { ...closed, since: now - patience + 1 }, true],
    ['it has been closed for long enough', { ...closed, since: now - patience }, false],
  ])('when %s', async (_, breaker, postponed) => {
    const handled = { id: 'done', as: 'handled' }
    expect(await found({ south: breaker })).toEqual(
      postponed ? [handled, { id: 'missing', as: 'postponed' }] : [handled],
    )
  })

  test('is not called anything where the breaker cannot be read: whoever asked learns that', async () => {
    const ask = withPutBack(onRecord, {
      breakers: { load: () => Promise.reject(new Error('no table')) },
      dependencies: ['north'],
      clock: () => now,
      patience,
    })
    await expect(ask([asked('missing')])).rejects.toThrow('no table')
    expect(await ask([asked('done')])).toHaveLength(1)
  })
})
