import type { Command } from 'commander'
import { exitCodes } from '../../local/failure.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

type Options = { orders: number; seed: number; rate?: number }

export const registerDemo = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'demo', 'place a mix of orders, with failures, and show that nothing is lost')
      .option('--orders <number>', 'how many', wholeNumber(1, 10_000), 40)
      .option('--seed <number>', 'which mix; the same seed places the same orders', wholeNumber(0, 2 ** 32 - 1), 1)
      .option('--rate <number>', 'placements a second (6)', wholeNumber(1, 200)),
    async ({ options, out }) => {
      const [{ openSystem }, { demo }, { describeDemo, demoDocument }] = await Promise.all([
        import('../system.ts'),
        import('../demo/run.ts'),
        import('../demo/describe.ts'),
      ])
      const { orders, seed, rate } = options
      const result = await demo(await openSystem(options), { orders, seed, rate, note: out.note })
      out.result(demoDocument(result), () => describeDemo(result))
      return result.unexpected.length === 0 ? exitCodes.ok : exitCodes.refused
    },
  )
