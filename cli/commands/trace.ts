import type { Command } from 'commander'
import { Failure } from '../../local/failure.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

type Options = { since: number; all?: true }

export const registerTrace = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'trace <order>', 'draw the journey of an order, or of a saga, through every function')
      .option('--since <minutes>', 'how far to look back', wholeNumber(0, 60 * 24 * 14), 60)
      .option('--all', 'also who looked at it, and how its progress was reported'),
    async ({ args: [subject = ''], options, out }) => {
      const [{ openSystem }, { loggedFunctions, readLines }, { spansIn }, traces] = await Promise.all([
        import('../system.ts'),
        import('../logs.ts'),
        import('../../reactive/span-line.ts'),
        import('../traces.ts'),
      ])
      const { clientConfig, stage } = await openSystem(options)
      const functions = await loggedFunctions(clientConfig, stage)
      const lines = await readLines(clientConfig, functions, Date.now() - options.since * 60_000, 'spans')
      const whole = traces.treesAbout(
        lines.flatMap(({ message }) => spansIn(message)),
        subject,
      )
      if (whole.length === 0)
        throw new Failure(`nothing was traced about ${subject} in the last ${options.since} minutes`, {
          remedy: 'look further back with --since, or see whether the stage traces at all (NEVERSTOP_TRACING)',
        })
      const shown = options.all ? whole : traces.withoutAsides(whole)
      out.result({ subject, spans: traces.countSpans(shown), journey: shown }, () => {
        const hidden = traces.countSpans(whole) - traces.countSpans(shown)
        return `${traces.drawTrees(shown)}${hidden > 0 ? `\n${hidden} spans are left out: who looked at it, and how its progress was reported (--all)` : ''}`
      })
    },
  )
