import type { Command } from 'commander'
import { action, addCommand, wholeNumber } from '../command.ts'

type Options = { once?: true; orders: number; seed: number }

export const registerStart = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'start', 'bring everything up, show it at work, and stay until Ctrl-C')
      .option('--once', 'end after the demonstration, with exit code 0 only if everything came out as it should')
      .option('--orders <number>', 'orders of the demonstration', wholeNumber(1, 10_000), 40)
      .option('--seed <number>', 'which mix of orders', wholeNumber(0, 2 ** 32 - 1), 1),
    async ({ options: { orders, seed, ...options }, out }) => {
      const { runSession } = await import('../session.ts')
      return await runSession({ ...options, demo: { orders, seed } }, out)
    },
  )
