import type { Command } from 'commander'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'

export const registerUp = (program: Command): Command =>
  action(addCommand(program, 'up', 'start the local cloud and deploy every stack to it'), async ({ options, out }) => {
    const [{ planUp }, { runPlan }, { openSystem }] = await Promise.all([
      import('../../local/up.ts'),
      import('../steps.ts'),
      import('../system.ts'),
    ])
    const { plan, raised } = planUp(readSettings(options))
    await runPlan(plan, out)
    const { cloud, deployment, deployed } = raised()
    const { apiUrl, outputs } = await openSystem(options)
    const { backend, port } = cloud
    const stacks = Object.keys(outputs)
    out.result(
      { backend, port, healthy: true, api: apiUrl, stacks, deployed, repairs: deployment.repairs },
      () => `ready: ${apiUrl}`,
    )
  })
