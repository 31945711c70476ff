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
      const [{ loadAlarms }, { describeAlarm, describeAlarms }] = await Promise.all([
        import('../alarms/load.ts'),
        import('../alarms/describe.ts'),
      ])
      const { views, doubts, inDetail, follow } = await loadAlarms(options)
      for (const doubt of doubts) out.note(doubt)
      if (options.watch) return await follow(out)
      if (name === undefined) {
        out.result(views, () => describeAlarms(views, options.all === true))
        return views.some(({ state }) => state === 'ALARM') ? exitCodes.refused : exitCodes.ok
      }
      const found = views.find((view) => view.name === name || view.name.endsWith(`-${name}`))
      const names = views.map((view) => view.name)
      if (!found) throw new Failure(refusalOf('alarm of this stage', name, names), { exitCode: exitCodes.usage })
      const detailed = await inDetail(found)
      out.result(detailed, () => describeAlarm(detailed))
    },
  )
