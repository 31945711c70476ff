import type { Command } from 'commander'
import { Failure } from '../../local/failure.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'

export const registerDeploy = (program: Command): Command =>
  action(
    addCommand(program, 'deploy', 'deploy what changed to a local cloud that already runs'),
    async ({ options, out }) => {
      const [{ loadBackend }, { planUp }, { runPlan }, { openSystem }] = await Promise.all([
        import('../../local/backend.ts'),
        import('../../local/up.ts'),
        import('../steps.ts'),
        import('../system.ts'),
      ])
      const settings = readSettings(options)
      const { healthy, because } = await (await loadBackend(settings.backend)).find(settings)
      if (!healthy)
        throw new Failure(because ?? 'the local cloud does not answer', { remedy: "start it with './neverstop up'" })
      const { plan, raised } = planUp(settings)
      await runPlan(plan, out)
      const { deployed } = raised()
      const { apiUrl } = await openSystem(options)
      out.result({ api: apiUrl, deployed }, () =>
        deployed.length > 0 ? `deployed: ${deployed.join(', ')}` : 'nothing changed',
      )
    },
  )
