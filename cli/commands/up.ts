import type { Command } from 'commander'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

export const registerUp = (program: Command): Command =>
  action<{ watch: boolean; watchScale: number }>(
    addCommand(program, 'up', 'start the local cloud and deploy every stack to it')
      .option('--no-watch', 'evaluate no alarms: the cloud does it itself, or nobody shall')
      .option(
        '--watch-scale <factor>',
        'how much faster than the clock alarms see minutes pass',
        wholeNumber(1, 600),
        1,
      ),
    async ({ options, out }) => {
      const [{ planUp }, { runPlan }, { openSystem }] = await Promise.all([
        import('../../local/up.ts'),
        import('../steps.ts'),
        import('../system.ts'),
      ])
      const { plan, raised } = planUp(readSettings(options), {
        watch: options.watch ? { scale: options.watchScale } : 'out',
      })
      await runPlan(plan, out)
      const { cloud, deployment, deployed } = raised()
      const { apiUrl, outputs } = await openSystem(options)
      const { backend, port } = cloud
      const stacks = Object.keys(outputs)
      out.result(
        { backend, port, healthy: true, api: apiUrl, stacks, deployed, repairs: deployment.repairs },
        () => `ready: ${apiUrl}`,
      )
    },
  )
