import { describe, expect, test } from 'vitest'
import { about, chooseFunctions, formatLine, isPlatformLine, isSubject } from '../../../cli/logs.ts'

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

describe('lines for machines', () => {
  test.each(['{"_aws":{"Timestamp":1},"service":"saga"}', '{"spans":[],"handler":"saga-relay"}'])(
    'are known: %s',
    (line) => expect(isPlatformLine(line)).toBe(true),
  )

  test('are not those for people', () => expect(isPlatformLine('{"level":"INFO","message":"handled"}')).toBe(false))
})

describe('what somebody asks about', () => {
  test.each(['ord_0123456789abcdef', 'fulfil-order:ord_0123456789abcdef'])('is an order or a saga: %s', (name) =>
    expect(isSubject(name)).toBe(true),
  )
  test.each(['payments', 'payments-commands', 'ord', 'ord_?'])('or something else: %s', (name) =>
    expect(isSubject(name)).toBe(false),
  )

  const lineOf = (entry: object) => ({ id: '1', at: 0, name: 'x', message: JSON.stringify(entry) })

  test('leaves out lines that do not mention it', () => {
    expect(about(lineOf({ level: 'INFO', message: 'handled', order: 'ord_2' }), 'ord_1')).toBeUndefined()
  })

  test('keeps a line about it as it is', () => {
    const line = lineOf({ level: 'INFO', message: 'handled', order: 'ord_1' })
    expect(about(line, 'ord_1')).toEqual(line)
    expect(about({ ...line, message: 'plain words on ord_1' }, 'ord_1')?.message).toBe('plain words on ord_1')
  })

  test('narrows a batch to its messages', () => {
    const messages = [{ order: 'ord_1' }, { order: 'ord_2' }, { saga: 'fulfil-order:ord_1' }]
    const line = about(lineOf({ level: 'INFO', message: 'handled 3', messages }), 'ord_1')
    expect(JSON.parse(line!.message).messages).toEqual([{ order: 'ord_1' }, { saga: 'fulfil-order:ord_1' }])
  })
})
