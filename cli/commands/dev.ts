import type { Command } from 'commander'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand, wholeNumber } from '../command.ts'
import { runPlan } from '../steps.ts'

type Options = { demo: boolean; orders: number; seed: number }

export const registerDev = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'dev', 'the same as start, then bring every save to the running stage')
      .option('--no-demo', 'begin without the demonstration')
      .option('--orders <number>', 'orders of the demonstration', wholeNumber(1, 10_000), 40)
      .option('--seed <number>', 'which mix of orders', wholeNumber(0, 2 ** 32 - 1), 1),
    async ({ options: { demo, orders, seed, ...options }, out }) => {
      const [{ runSession }, { watchSources }, { markLive }, { planUp }] = await Promise.all([
        import('../session.ts'),
        import('../../local/reload.ts'),
        import('../../local/deploy.ts'),
        import('../../local/up.ts'),
      ])
      const settings = readSettings(options)
      return await runSession({ ...options, demo: demo && { orders, seed } }, out, async ({ clientConfig, stage }) => {
        const watch = await watchSources({
          config: clientConfig,
          stage,
          live: (handlers) => markLive(settings.state, handlers),
          redeploy: async () => {
            const { plan, raised } = planUp(settings)
            await runPlan(plan, { ...out, json: true, note: () => undefined })
            return raised().deployed
          },
          say: out.note,
        })
        out.note('watching functions/, sagas/, events/, reactive/ and infra/')
        return watch.close
      })
    },
  )
