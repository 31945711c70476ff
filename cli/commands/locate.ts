import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { exitCodes, Failure } from '../../local/failure.ts'
import { refusalOf } from '../../local/nearest.ts'
import { action, addCommand } from '../command.ts'

export const registerLocate = (program: Command): Command =>
  action(
    addCommand(program, 'locate <function>', 'say where in the sources the stack trace points that is piped in'),
    async ({ args: [name = ''], out }) => {
      const [{ entryPoints }, { locate }] = await Promise.all([
        import('../../infra/constructs/bundle.ts'),
        import('../../infra/locate.ts'),
      ])
      const handlers = entryPoints()
      const file = handlers[name]
      if (!file)
        throw new Failure(refusalOf('function of this checkout', name, Object.keys(handlers)), {
          exitCode: exitCodes.usage,
        })
      if (process.stdin.isTTY)
        throw new Failure('no stack trace was piped in', {
          remedy: `neverstop locate ${name} < stack.txt`,
          exitCode: exitCodes.usage,
        })
      const trace = locate(file, await text(process.stdin))
      out.result({ function: name, trace }, () => trace.trimEnd())
    },
  )
