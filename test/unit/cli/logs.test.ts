import { describe, expect, test } from 'vitest'
import { chooseFunctions, formatLine, isPlatformLine } from '../../../cli/logs.ts'

const functions = ['payments-commands', 'payments-intents', 'edge-openapi'].map((name) => ({
  name,
  logGroup: `/${name}`,
}))
const chosen = (name?: string) => chooseFunctions(functions, name).map((known) => known.name)
const line = (message: string) =>
  formatLine({ id: '1', at: Date.UTC(2026, 0, 1, 12, 0, 0, 7), name: 'edge', message }, 6)

describe('choosing functions', () => {
  test('takes all when none is named', () => {
    expect(chosen()).toHaveLength(3)
  })

  test('takes one by its name', () => {
    expect(chosen('payments-intents')).toEqual(['payments-intents'])
  })

  test('takes those of a context by its name', () => {
    expect(chosen('payments')).toEqual(['payments-commands', 'payments-intents'])
  })

  test('refuses another name with the nearest', () => {
    expect(() => chosen('payment-commands')).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining("did you mean 'payments-commands'?") }),
    )
  })
})

describe('a line', () => {
  test('of structured logging shows level and message first, and leaves out what every line says', () => {
    const message = JSON.stringify({
      level: 'WARN',
      message: 'late',
      timestamp: 'x',
      service: '/edge',
      orderId: 'ord_1',
    })

    expect(line(message)).toBe('12:00:00.007 edge    WARN late {"orderId":"ord_1"}')
  })

  test('with nothing but level and message ends there', () => {
    expect(line('{"level":"INFO","message":"up"}')).toBe('12:00:00.007 edge    INFO up')
  })

  test.each(['plain words', '{"no":"level"}', '{broken'])('that is %j is shown as it is', (message) => {
    expect(line(message)).toBe(`12:00:00.007 edge    ${message}`)
  })
})

describe('lines of the service itself', () => {
  test.each(['START RequestId: a Version: $LATEST', 'END RequestId: a', 'REPORT RequestId: a\tDuration: 1 ms'])(
    'are known: %s',
    (message) => {
      expect(isPlatformLine(message)).toBe(true)
    },
  )

  test.each(['START', 'the END of it', '{"level":"INFO"}', 'STARTING up'])(
    'are not taken from what a function says: %s',
    (message) => {
      expect(isPlatformLine(message)).toBe(false)
    },
  )
})
