import { describe, expect, test } from 'vitest'
import { ReserveStock } from '../../../../events/inventory.ts'
import { resend } from '../../../../functions/recovery/ledger/resend.ts'
import { commandOf, orderId } from '../../../support/deliveries.ts'
import { now } from './flows.ts'

const message = commandOf(ReserveStock({ orderId, lines: [{ sku: 'TEA-01', quantity: 1 }] }), now)
const missing = {
  id: message.id,
  type: message.type,
  subscriber: 'inventory-commands',
  sender: 'saga-evidence',
  subject: orderId,
  since: '2026-06-01T11:58:00.000Z',
  root: `${orderId}/1`,
  remedy: '',
}
const request = { id: message.id, queue: 'inventory-commands', by: 'ann', reason: 'it was purged', graceMs: 1_000 }

const desk = (said: typeof message | undefined = message) => {
  const log: unknown[] = []
  return {
    log,
    tools: {
      look: async (graceMs: number) => ({ drift: graceMs === 1_000 ? [missing] : [] }),
      say: async (sender: string) => (sender === 'saga-evidence' ? said : undefined),
      send: async (queue: string, { id }: { id: string }) => void log.push(['sent', queue, id]),
      note: async ({ act, by, reason }: { act: string; by: string; reason: string }) =>
        void log.push(['noted', act, by, reason]),
      clock: () => now,
    },
  }
}

describe('sending a missing message again', () => {
  test('notes who and why, then gives it to the one who misses it under its own id', async () => {
    const { tools, log } = desk()
    expect(await resend(request, tools)).toEqual({ resent: message.id, queue: 'inventory-commands' })
    expect(log).toEqual([
      ['noted', 'resend', 'ann', 'it was purged'],
      ['sent', 'inventory-commands', message.id],
    ])
  })

  test.each([
    ['on another queue', { queue: 'payments-commands' }],
    ['under another id', { id: 'invented' }],
    ['yet', { graceMs: 60_000 }],
  ])('is refused for what is not missing %s', async (_, change) => {
    const { tools, log } = desk()
    expect(await resend({ ...request, ...change }, tools)).toMatchObject({ refused: 'not-missing' })
    expect(log).toEqual([])
  })

  test('is refused when its sender cannot say it again', async () => {
    const { tools, log } = desk()
    const mute = { ...tools, say: async () => undefined }
    expect(await resend(request, mute)).toMatchObject({ refused: 'cannot-be-said' })
    expect(log).toEqual([])
  })
})
