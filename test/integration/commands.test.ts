import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test, vi } from 'vitest'
import { checkout } from '../../local/settings.ts'
import { json, neverstop, type Run } from './command-line.ts'
import { patience } from './patience.ts'
import { expectConservation } from './world.ts'

const { state } = inject('chosen')

const begun = new Date().toISOString()

type Failed = { readonly id: string; readonly code: string; readonly lastSeen: string }

describe('the demonstration', () => {
  test('places its mix, loses nothing, ends as on every other cloud, and says so in one document', async () => {
    const { exitCode, said } = await json('demo', '--orders', '24', '--seed', '7')
    expect(said).toMatchObject({ placed: 24, conserved: true, unexpected: [] })
    expect(said.recovered).toBe(said.parked)
    // One is damaged; on a machine that is too busy others run out of receives.
    const { items } = (await json<{ items: Failed[] }>('failed', 'list', '--limit', '100')).said
    const codes = items.flatMap(({ code, lastSeen }) => (lastSeen >= begun ? [code] : []))
    expect(codes.filter((code) => code !== 'receives-exhausted')).toEqual(['damaged-stock-record'])
    expect(codes).toHaveLength(Number(said.parked))
    const { placed, confirmed, rejected, cancelled, seconds } = said as Record<string, number> & {
      seconds: { p50: number; p99: number; total: number }
    }
    expect(confirmed! + rejected! + cancelled!).toBe(placed)
    expect(rejected).toBeGreaterThanOrEqual(3)
    expect(seconds.p50).toBeGreaterThan(0)
    expect(seconds.p99).toBeGreaterThanOrEqual(seconds.p50)
    expect(seconds.total).toBeGreaterThanOrEqual(seconds.p99)
    // The same seed came to this on the embedded cloud; LocalStack is held to it as well.
    expect(said.outcomes).toEqual(JSON.parse(readFileSync(new URL('outcomes.json', import.meta.url), 'utf8')))
    expect(exitCode).toBe(0)
  })

  test('shows a person its progress and its result', async () => {
    const { exitCode, stdout, stderr } = await neverstop('demo', '--orders', '2')
    expect(stderr).toMatch(/is damaged on purpose/)
    expect(stderr).toMatch(/parked: inventory\.ReserveStock\.v1 of ord_\w+: permanent, damaged-stock-record/)
    expect(stderr).toMatch(/redriven: f_\w+ is back on/)
    expect(stdout).toMatch(/poison/)
    expect(stdout).toMatch(/money and stock are conserved/)
    expect(exitCode).toBe(0)
  })
})

describe('orders', () => {
  test('are placed, shown, listed and cancelled', async () => {
    const as = ['--as', 'cli-customer']
    const placed = await json<{ orderId: string; status: string }>(
      'order',
      'place',
      'TEA-ASSAM=2',
      'MUG-WHITE',
      '--wait',
      ...as,
    )
    expect(placed).toMatchObject({ exitCode: 0, said: { status: 'confirmed', customerId: 'cli-customer' } })
    const { orderId } = placed.said

    expect(await json('order', 'show', orderId)).toMatchObject({ exitCode: 0, said: { orderId, status: 'confirmed' } })
    expect(await json('order', 'list', ...as)).toMatchObject({ exitCode: 0, said: { items: [{ orderId }] } })
    const { stdout } = await neverstop('order', 'show', orderId)
    expect(stdout).toContain('Assam')
    expect(stdout).toMatch(/capture-payment/)

    const tooLate = await json('order', 'cancel', orderId)
    expect(tooLate).toMatchObject({ exitCode: 1, said: { error: { details: { status: 409 } } } })
  })

  test('that are refused end with 1 and the problem', async () => {
    const refused = await json('order', 'place', 'NO-SUCH-THING=1')
    expect(refused).toMatchObject({ exitCode: 1, said: { error: { details: { status: 422 } } } })
    const declined = await json('order', 'place', 'TEA-ASSAM', '--payment', 'tok_declined', '--wait')
    expect(declined).toMatchObject({ exitCode: 1, said: { status: 'rejected' } })
  })

  test('of a customer are nobody else’s business', async () => {
    const { said } = await json<{ orderId: string }>('order', 'place', 'TEA-ASSAM', '--as', 'cli-one', '--wait')
    expect(await json('order', 'show', said.orderId, '--as', 'cli-two')).toMatchObject({
      exitCode: 1,
      said: { error: { details: { status: 404 } } },
    })
  })
})

describe('failed messages', () => {
  test('are listed and shown with their reason, and a second redrive is refused', async () => {
    // The consumer tells the desk by a queue, so the record knows a moment after the order does.
    const parked = await vi.waitFor(
      async () => {
        const { said } = await json<{ items: Failed[] }>(...['failed', 'list', '--status', 'handled'])
        // The demonstration's own: other files damage records, too.
        const found = said.items.find(({ code, lastSeen }) => code === 'damaged-stock-record' && lastSeen >= begun)
        if (!found) throw new Error('The desk has not heard yet that the message was handled.')
        return found
      },
      { timeout: patience(60_000), interval: 1_000 },
    )
    const shown = await neverstop('failed', 'show', parked.id)
    expect(shown.stdout).toMatch(/permanent, damaged-stock-record/)
    expect(shown.stdout).toMatch(/redrive by demo: the stock record/)
    expect(await json('failed', 'redrive', parked.id, '--reason', 'again')).toMatchObject({
      exitCode: 1,
      said: { error: { details: { status: 409, type: 'urn:neverstop:problem:already-handled' } } },
    })
  })
})

describe('the audit', () => {
  test('says that money and stock agree, with every number', async () => {
    const { exitCode, said } = await json('audit', '--settle', '60')
    expect(said).toMatchObject({
      ok: true,
      differences: [],
      unfinishedSagas: 0,
      messagesInFlight: 0,
      // A machine that is too busy may have left some on the desk; what matters is that nothing differs.
      failedMessages: expect.any(Number),
      money: { currency: 'EUR', open: 0 },
    })
    const { money, stock } = said as {
      money: Record<string, number>
      stock: { initial: number; available: number; reserved: number; sold: number }[]
    }
    expect(money.authorised).toBe(money.captured! + money.voided!)
    // Other tests on this cloud may have refunded; never more than was taken.
    expect(money.refunded).toBeGreaterThanOrEqual(0)
    expect(money.refunded).toBeLessThanOrEqual(money.captured!)
    for (const { initial, available, reserved, sold } of stock) expect(initial).toBe(available + reserved + sold)
    expect(exitCode).toBe(0)
  })
})

describe.concurrent('words that are not understood', () => {
  test.each([
    [['ordr'], /unknown command 'ordr'[\s\S]*order/],
    [['order', 'plce'], /unknown command 'plce'[\s\S]*place/],
    [['failed', 'redriv'], /unknown command 'redriv'[\s\S]*redrive/],
    [['demo', '--oders', '3'], /unknown option '--oders'[\s\S]*--orders/],
    [['demo', '--orders', 'many'], /'many' is not a whole number/],
    [['failed', 'list', '--status', 'opn'], /'opn' is not a status; did you mean 'open'/],
    [['failed', 'redrive', 'f_x'], /--reason/],
    [['order', 'place', 'TEA-ASSAM=two'], /'TEA-ASSAM=two' is not a line of an order/],
    [['order', 'place'], /missing required argument/],
  ])('%j end with 2 and the nearest word', async (words, said) => {
    const { exitCode, stderr } = await neverstop(...words)
    expect(stderr).toMatch(said)
    expect(exitCode).toBe(2)
  })

  test.each([['order'], ['failed'], ['audit'], ['demo'], ['seed'], ['order place']])(
    '%s --help helps',
    async (words) => {
      const { exitCode, stdout } = await neverstop(...words.split(' '), '--help')
      expect(stdout).toMatch(/^Usage: neverstop/)
      expect(exitCode).toBe(0)
    },
  )

  test('a system that is not there ends with 3 and what to do', async () => {
    const child = await new Promise<Run>((resolve) => {
      const started = execFile(
        join(checkout, 'neverstop'),
        ['audit', '--json', '--state', join(state, 'nobody-home'), '--port', '9'],
        { cwd: checkout },
        (_error, stdout, stderr) => resolve({ exitCode: started.exitCode ?? -1, stdout, stderr }),
      )
    })
    expect(child.exitCode).toBe(3)
    expect(JSON.parse(child.stdout)).toMatchObject({ error: { exitCode: 3, remedy: expect.stringContaining('up') } })
  })
})

test('afterwards money and stock are conserved', expectConservation)
