import { describe, expect, test } from 'vitest'
import { queuesAt } from '../../../reactive/environment.ts'

describe('queues by one address', () => {
  test('have the last part of theirs as a name', () => {
    expect(queuesAt.parse('http://localhost:4566/000000000000/neverstop-local-{orders-commands,refunds}')).toEqual({
      'neverstop-local-orders-commands': 'http://localhost:4566/000000000000/neverstop-local-orders-commands',
      'neverstop-local-refunds': 'http://localhost:4566/000000000000/neverstop-local-refunds',
    })
  })

  test.each(['', 'https://sqs/orders', 'https://sqs/{}', 'https://sqs/{a}/b'])('cannot be read from "%s"', (text) => {
    expect(queuesAt.safeParse(text).success).toBe(false)
  })
})
