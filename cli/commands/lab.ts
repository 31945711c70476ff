import type { Command } from 'commander'
import { exitCodes, Failure } from '../../local/failure.ts'
import { refusalOf } from '../../local/nearest.ts'
import { action, addCommand, oneOf, wholeNumber } from '../command.ts'
import { table } from '../table.ts'

type Options = { seed: number; scale: 'small' | 'full' }

export const registerLab = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'lab [name]', 'run an experiment with and without one concept; without a name, list them')
      .option('--seed <number>', 'which world; the same seed gives the same figures', wholeNumber(0, 2 ** 32 - 1), 1)
      .option('--scale <size>', 'small or full', oneOf('scale', ['small', 'full']), 'full'),
    async ({ args: [name], options: { seed, scale }, out }) => {
      const [{ labs }, { runLab }, { comparison }] = await Promise.all([
        import('../../labs/index.ts'),
        import('../../labs/lab.ts'),
        import('../../labs/describe.ts'),
      ])
      if (name === undefined) {
        const listed = labs.map(({ name, concept, title, claim }) => ({ name, concept, title, claim }))
        out.result({ labs: listed }, () =>
          table(
            ['lab', 'concept', 'what it is about'],
            listed.map(({ name, concept, title }) => [name, concept, title]),
          ),
        )
        return exitCodes.ok
      }
      const its = labs.find((each) => each.name === name)
      if (!its)
        throw new Failure(
          refusalOf(
            'lab',
            name,
            labs.map((each) => each.name),
          ),
          { exitCode: exitCodes.usage, remedy: './neverstop lab lists them.' },
        )
      const result = runLab(its, { seed, scale })
      out.result(result, () => {
        const { head, rows } = comparison(its, result)
        return [
          `${its.title} (${its.concept}), seed ${seed}, ${scale}`,
          table(head, rows),
          `${result.holds ? 'It holds' : 'It does NOT hold'}: ${its.claim}`,
        ].join('\n')
      })
      return result.holds ? exitCodes.ok : exitCodes.refused
    },
  )
