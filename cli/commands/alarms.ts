import type { Command } from 'commander'
import { exitCodes, Failure } from '../../local/failure.ts'
import { refusalOf } from '../../local/nearest.ts'
import { action, addCommand } from '../command.ts'

type Options = { watch?: true; all?: true }

export const registerAlarms = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'alarms', 'show the alarms of the stage: states, and why')
      .argument('[name]', 'one alarm with its history, or all')
      .option('--all', 'show those that are fine as well')
      .option('--watch', 'stay, and tell each change as it happens'),
    async ({ args: [name], options, out }) => {
      const [{ loadAlarms }, { describeAlarm, describeAlarms }, { followHistory }] = await Promise.all([
        import('../alarms/load.ts'),
        import('../alarms/describe.ts'),
        import('../alarms/follow.ts'),
      ])
      const { settings, views, running, trouble } = await loadAlarms(options)
      if (!running)
        out.note("nobody evaluates the alarms; './neverstop up' starts the watch, these states are what it last saw")
      if (trouble) out.note(`the watch's last round failed: ${trouble}`)
      if (options.watch) return await followHistory(settings.state, out)
      if (name === undefined) {
        out.result(views, () => describeAlarms(views, options.all === true))
        return views.some(({ state }) => state === 'ALARM') ? exitCodes.refused : exitCodes.ok
      }
      const found = views.find((view) => view.name === name || view.name.endsWith(`-${name}`))
      const names = views.map((view) => view.name)
      if (!found) throw new Failure(refusalOf('alarm of this stage', name, names), { exitCode: exitCodes.usage })
      out.result(found, () => describeAlarm(found))
    },
  )
