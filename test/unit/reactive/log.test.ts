import { describe, expect, test, vi } from 'vitest'
import { contracts } from '../../../events/index.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { logger, traits } from '../../../reactive/log.ts'
import { commandOf, orderId } from '../../support/deliveries.ts'

/** What a logger wrote, parsed. */
const written = (entry: Record<string, unknown>): Record<string, unknown> => {
  const lines: string[] = []
  const log = logger('/payments')
  const console = (log as unknown as { console: { info: (line: string) => void } }).console
  const spy = vi.spyOn(console, 'info').mockImplementation((line) => void lines.push(line))
  log.info('said', entry)
  spy.mockRestore()
  return JSON.parse(lines[0]!) as Record<string, unknown>
}

const personalFields = [
  ...new Set(contracts.flatMap(({ personal }) => personal.map((path) => path.split('.').at(-1)!))),
]

describe('a line', () => {
  test('is structured and names its service', () => {
    expect(written({ order: orderId })).toMatchObject({
      level: 'INFO',
      message: 'said',
      service: 'payments',
      order: orderId,
    })
  })

  test.each(personalFields)('masks %s, which a contract calls personal, however deep it is', (field) => {
    const line = written({ outer: [{ [field]: { name: 'Ada Lovelace' } }], [field]: 'Ada Lovelace', harmless: 'tea' })
    expect(JSON.stringify(line)).not.toContain('Ada')
    expect(line.harmless).toBe('tea')
  })
})

describe('the traits of a message', () => {
  const command = commandOf(AuthorisePayment({ orderId, amount: { amount: 1, currency: 'EUR' }, token: 'tok_ok' }), 0)

  test('name the saga that a command comes from', () => {
    expect(traits(command)).toMatchObject({ saga: `fulfil-order:${orderId}`, order: orderId, correlation_id: orderId })
  })

  test('name the saga that an answer goes to', () => {
    expect(traits({ ...command, source: '/payments', id: 'x', causationid: command.id })).toMatchObject({
      saga: `fulfil-order:${orderId}`,
      causation_id: command.id,
    })
  })

  test('name no saga where there is none', () => {
    expect(traits({ ...command, source: '/ordering', id: `${orderId}/1` })).not.toHaveProperty('saga')
  })

  test('say nothing of the data', () => expect(JSON.stringify(traits(command))).not.toContain('tok_ok'))
})
