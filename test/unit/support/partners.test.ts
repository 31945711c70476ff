import { describe, expect, test } from 'vitest'
import { answersAgain } from '../../../functions/support/partners.ts'
import { type Breaker, closed } from '../../../reactive/breaker.ts'
import { memoryBreakerStore } from '../../../reactive/breaker-store.ts'

const open: Breaker = { state: 'open', since: 0, until: 10, times: 1, because: 'unanswered' }
const half: Breaker = { state: 'half-open', since: 0, times: 1, answered: 1 }
const partners = { 'payments-commands': 'acquirer' }

const said = async (...breakers: Breaker[]) => {
  const store = memoryBreakerStore()
  for (const [version, breaker] of breakers.entries()) await store.save('acquirer', breaker, version)
  return answersAgain(store, partners)('payments-commands')
}

describe('the partner behind a closed valve', () => {
  test('is back when its breaker has closed', async () => {
    expect(await said(open, closed)).toBe(true)
  })

  test.each([
    ['open', open],
    ['half-open', half],
  ])('is not back while its breaker is %s', async (_, breaker) => {
    expect(await said(breaker)).toBe(false)
  })

  test('is not back because its breaker was never asked', async () => {
    expect(await said()).toBe(false)
  })

  test('is not back because its breaker cannot be read', async () => {
    const away = {
      load: async () => {
        throw new Error('the table does not answer')
      },
    }
    expect(await answersAgain(away, partners)('payments-commands')).toBe(false)
  })

  test('is nobody where a queue serves no single partner', async () => {
    const store = memoryBreakerStore()
    await store.save('acquirer', closed, 0)
    expect(await answersAgain(store, partners)('shipping-commands')).toBe(false)
  })
})
