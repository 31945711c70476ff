import { type Command, InvalidArgumentError } from 'commander'
import { exitCodes } from '../../local/failure.ts'
import { action, addCommand } from '../command.ts'

type Options = { ordersPerSecond: number; region: string; hottest: number; here?: boolean; measured?: string }

export const registerCapacity = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'capacity', 'plan for a rate of orders: what it needs, what breaks first, what it costs')
      .requiredOption('--orders-per-second <number>', 'the rate to plan for', between(0, 100_000))
      .option('--region <name>', 'whose list prices', 'eu-central-1')
      .option(
        '--hottest <share>',
        'the share of orders that name the product that is asked for most',
        between(0, 1),
        0.2,
      )
      .option('--here', 'for the machine that was measured, whose processors all functions share')
      .option('--measured <file>', 'fit the scalability law to a kept result of load --profile stress --json')
      .addHelpText(
        'after',
        '\nPlans for a stage in an account, from what one order was measured to use (bench/calibration.json).',
      ),
    async ({ options, out }) => {
      const [
        { planOf },
        { describePlan, describeScalability },
        { calibration },
        { pricedRegion },
        { stageFrom },
        { shards },
      ] = await Promise.all([
        import('../capacity/plan.ts'),
        import('../capacity/describe.ts'),
        import('../capacity/calibration.ts'),
        import('../priced-region.ts'),
        import('../../infra/stages.ts'),
        import('../../reactive/shard.ts'),
      ])
      const measured = await calibration()
      const { concurrency, admission } = stageFrom((option) => (option === 'stage' ? 'prod' : undefined))
      const plan = planOf(measured, {
        ordersPerSecond: options.ordersPerSecond,
        region: pricedRegion(options.region),
        concurrency,
        admission: admission.rate,
        shards: shards.length,
        hottest: options.hottest,
        on: options.here ? 'host' : 'account',
      })
      const scalability = options.measured === undefined ? undefined : await scalabilityOf(options.measured)
      out.result({ ...plan, ...(scalability ? { scalability } : {}) }, () =>
        [describePlan(plan, measured.how), ...(scalability ? [describeScalability(scalability)] : [])].join('\n'),
      )
      return plan.breaksFirst.utilisation < 1 ? exitCodes.ok : exitCodes.refused
    },
  )

async function scalabilityOf(path: string) {
  const [{ measuredPoints }, { fitScalability, foresight }] = await Promise.all([
    import('../capacity/measured.ts'),
    import('../capacity/usl.ts'),
  ])
  const points = await measuredPoints(path)
  return { ...fitScalability(points), foresight: foresight(points), points }
}

/** A number above the first and up to the second. */
function between(above: number, upTo: number) {
  return (word: string): number => {
    const value = Number(word)
    if (/^\d+(\.\d+)?$/.test(word) && value > above && value <= upTo) return value
    throw new InvalidArgumentError(`'${word}' is not a number above ${above} and up to ${upTo}.`)
  }
}
