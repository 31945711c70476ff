import type { Command } from 'commander'
import { exitCodes } from '../../local/failure.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

type Options = { orders: number; seed: number; kill: number; rate?: number }

export const registerStorm = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'storm', 'break payments and inventory under load, and show that it all comes right')
      .option(
        '--orders <number>',
        'how many, each placed twice: in calm weather and in the storm',
        wholeNumber(10, 5_000),
        60,
      )
      .option('--seed <number>', 'which orders; the same seed places the same', wholeNumber(0, 2 ** 32 - 1), 1)
      .option(
        '--kill <times>',
        'kill all function processes of the local cloud so often in the middle',
        wholeNumber(0, 50),
        0,
      )
      .option('--rate <number>', 'placements a second at most (6); fewer while much waits', wholeNumber(1, 200)),
    async ({ options, out }) => {
      const [{ openSystem }, { storm }, { describeStorm }] = await Promise.all([
        import('../system.ts'),
        import('../storm/run.ts'),
        import('../storm/outcome.ts'),
      ])
      const { orders, seed, kill, rate } = options
      const result = await storm(await openSystem(options), {
        orders,
        seed,
        kills: kill,
        ...(rate === undefined ? {} : { rate }),
        note: out.note,
      })
      out.result(result, () => describeStorm(result))
      return result.unexpected.length === 0 ? exitCodes.ok : exitCodes.refused
    },
  )
