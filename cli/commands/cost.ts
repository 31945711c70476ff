import type { Command } from 'commander'
import { action, addCommand, wholeNumber } from '../command.ts'

type Options = { orders: number; rate: number; seed: number }

export const registerCost = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'cost', 'count what an order uses, call by call, and what that costs at list price')
      .option('--orders <number>', 'how many plain orders to count', wholeNumber(1, 2_000), 60)
      .option('--rate <number>', 'placements a second; more make larger batches', wholeNumber(1, 200), 10)
      .option('--seed <number>', 'which orders', wholeNumber(0, 2 ** 32 - 1), 1),
    async ({ options, out }) => {
      const [{ openSystem }, { cost }, { describeCost }, { interruption }] = await Promise.all([
        import('../system.ts'),
        import('../cost/run.ts'),
        import('../cost/describe.ts'),
        import('../interruption.ts'),
      ])
      const { orders, rate, seed } = options
      const ending = new AbortController()
      void interruption().then(() => ending.abort())
      const system = await openSystem(options)
      const result = await cost(system, { orders, rate, seed, signal: ending.signal, note: out.note })
      out.result(result, () => describeCost(result))
    },
  )
