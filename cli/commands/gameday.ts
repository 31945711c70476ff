import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { loadBackend } from '../../local/backend.ts'
import { exitCodes, Failure } from '../../local/failure.ts'
import { refusalOf } from '../../local/nearest.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

type Options = { only?: string[]; except?: string[]; oneEach?: true; scale: number; patience: number; page?: string }

export const registerGameday = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'gameday', 'make alarms fire: fault, notification, remedy, recovery')
      .option('--only <kind...>', 'alarms of these kinds (the pages of docs/runbooks)')
      .option('--except <kind...>', 'all others')
      .option('--one-each', 'one alarm of each kind')
      .option('--page <file>', 'write what was proven as a page')
      .option(
        '--patience <seconds>',
        'faults that take longer by the clock are said in numbers',
        wholeNumber(0, 1_200),
        360,
      )
      .option('--scale <factor>', 'how much faster than the clock minutes pass', wholeNumber(1, 120), 30),
    async ({ options, out }) => {
      // It passes minutes faster than the clock, which only the watch of a local cloud can; an account refuses it here.
      await loadBackend(readSettings(options).backend)
      const [{ openSystem }, { gameday }, { describeGameday, gamedayPage }, { loadAlarms }, { kindOf }] =
        await Promise.all([
          import('../system.ts'),
          import('../gameday/run.ts'),
          import('../gameday/describe.ts'),
          import('../alarms/load.ts'),
          import('../gameday/faults.ts'),
        ])
      const { only, except = [], oneEach = false, scale, patience, page } = options
      const kinds = [
        ...new Set(
          (await loadAlarms(options)).views.map(({ name, runbook }) => kindOf({ name, description: runbook })),
        ),
      ]
      const wrong = [...(only ?? []), ...except].find((kind) => !kinds.includes(kind))
      if (wrong) throw new Failure(refusalOf('kind of alarm', wrong, kinds), { exitCode: exitCodes.usage })
      const chosen = (only ?? kinds).filter((kind) => !except.includes(kind))
      if (chosen.length === 0)
        throw new Failure('no kind of alarm is left', { remedy: 'except fewer', exitCode: exitCodes.usage })
      const system = await openSystem(options)
      const result = await gameday({
        system,
        kinds: chosen,
        oneEach,
        scale,
        patience: patience * 1_000,
        note: out.note,
      })
      if (page) await writeFile(page, gamedayPage(result))
      out.result(result, () => describeGameday(result))
      return result.unproven.length === 0 ? exitCodes.ok : exitCodes.refused
    },
  )
