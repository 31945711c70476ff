import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { action, addCommand, wholeNumber } from '../command.ts'
import type { LogLine } from '../logs.ts'

type Options = { follow?: true; since: number; platform?: true }

/** Lines may arrive late by this much, in milliseconds: what was read again is recognised by its id. */
const lateness = 5_000

export const registerLogs = (program: Command): Command =>
  action<Options>(
    addCommand(
      program,
      'logs [name]',
      'show what was logged: by a function, by a context, about an order or a saga, or everything',
    )
      .option('--follow', 'stay and show what comes (with --json: one document a line)')
      .option('--since <minutes>', 'how far to look back', wholeNumber(0, 60 * 24 * 14), 10)
      .option('--platform', 'also the lines of the service around each invocation'),
    async ({ args: [name], options, out }) => {
      const [
        { openSystem },
        { about, chooseFunctions, formatLine, isPlatformLine, isSubject, loggedFunctions, readLines },
      ] = await Promise.all([import('../system.ts'), import('../logs.ts')])
      const { clientConfig, stage } = await openSystem(options)
      const subject = name !== undefined && isSubject(name) ? name : undefined
      const functions = chooseFunctions(await loggedFunctions(clientConfig, stage), subject ? undefined : name)
      const width = Math.max(0, ...functions.map((known) => known.name.length))
      const read = async (since: number): Promise<LogLine[]> =>
        (await readLines(clientConfig, functions, since, subject)).flatMap((line) => {
          const wanted = options.platform === true || !isPlatformLine(line.message)
          const shown = wanted ? (subject ? about(line, subject) : line) : undefined
          return shown ? [shown] : []
        })
      const asDocument = ({ at, name, message }: LogLine) => ({
        at: new Date(at).toISOString(),
        function: name,
        message,
      })

      let since = Date.now() - options.since * 60_000
      if (!options.follow) {
        const lines = await read(since)
        out.result(lines.map(asDocument), () => lines.map((line) => formatLine(line, width)).join('\n'))
        return
      }
      const seen = new Map<string, number>()
      for (;;) {
        for (const line of await read(since)) {
          if (seen.has(line.id)) continue
          seen.set(line.id, line.at)
          out.line(options.json ? JSON.stringify(asDocument(line)) : formatLine(line, width))
          since = Math.max(since, line.at - lateness)
        }
        for (const [id, at] of seen) if (at < since) seen.delete(id)
        await sleep(500)
      }
    },
  )
