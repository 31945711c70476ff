import { type Command, InvalidArgumentError, Option } from 'commander'
import { exitCodes } from '../../local/failure.ts'
import { action, addCommand, oneOf, span, wholeNumber } from '../command.ts'
import { type Spacing, spacings } from '../load/arrivals.ts'
import { checkedTerms, type Wanted } from '../load/limits.ts'
import { mixes, mixNames } from '../load/mix.ts'
import { profileNames, profiles } from '../load/profile.ts'

type Options = Wanted & {
  spacing: Spacing
  seed: number
  objective: number
  patience: number
  checkMetrics?: true
  audit: boolean
}

export const registerLoad = (program: Command): Command =>
  action<Options>(
    addCommand(program, 'load', 'load the system as its customers would, and count what came of it')
      .option(
        '--profile <shape>',
        `shape of the load: ${profileNames.join(', ')}`,
        oneOf('profile', profileNames),
        'steady',
      )
      .option('--rate <number>', 'requests a second at the highest of the profile', positiveNumber, 5)
      .option('--for <span>', 'how long: 30s, 10m, 2h (as the profile wants it)', span)
      .option('--mix <name>', `what is asked for: ${mixNames.join(', ')}`, oneOf('mix', mixNames), 'usual')
      .option(
        '--spacing <kind>',
        `how arrivals follow each other: ${spacings.join(', ')}`,
        oneOf('spacing', spacings),
        'poisson',
      )
      .option(
        '--seed <number>',
        'which arrivals; the same seed sends the same requests at the same times',
        wholeNumber(0, 2 ** 32 - 1),
        1,
      )
      .addOption(spanOption('--objective <span>', 'an order that takes longer to its end is late', '10s'))
      .addOption(spanOption('--patience <span>', 'how long to wait for the ends of the orders', '3m'))
      .option('--check-metrics', "hold the stage's golden metrics against what is counted here")
      .option('--no-audit', 'do not audit money and stock afterwards')
      .addHelpText('after', `\n${wordsText()}\nCtrl-C ends the load and counts what has been done.`),
    async ({ options, out }) => {
      const terms = checkedTerms(options)
      const [{ openSystem }, { load }, { describeLoad }, { isSound }, display, { interruption }] = await Promise.all([
        import('../system.ts'),
        import('../load/run.ts'),
        import('../load/describe.ts'),
        import('../load/result.ts'),
        import('../load/display.ts'),
        import('../interruption.ts'),
      ])
      const system = await openSystem(options)
      const { stderr } = process
      const ending = new AbortController()
      void interruption().then(() => {
        out.note('ending the load; Ctrl-C once more leaves at once')
        ending.abort()
      })
      const result = await load(system, {
        ...terms,
        spacing: options.spacing,
        seed: options.seed,
        objective: options.objective,
        patience: options.patience,
        metrics: options.checkMetrics === true,
        audited: options.audit,
        signal: ending.signal,
        note: out.note,
        display:
          stderr.isTTY && !out.json
            ? display.block({ write: (text) => stderr.write(text), columns: stderr.columns ?? 80 })
            : display.lines(out.note, 5_000, () => performance.now()),
      })
      out.result(result, () => describeLoad(result))
      return isSound(result) ? exitCodes.ok : exitCodes.refused
    },
  )

/** An option for a span of time, whose help shows its default as it is written. */
function spanOption(flags: string, summary: string, unlessGiven: string): Option {
  return new Option(flags, summary).argParser(span).default(span(unlessGiven), unlessGiven)
}

function positiveNumber(word: string): number {
  const value = Number(word)
  if (/^\d+(\.\d+)?$/.test(word) && value > 0) return value
  throw new InvalidArgumentError(`'${word}' is not a number above 0.`)
}

function wordsText(): string {
  const words = (all: Readonly<Record<string, { meaning: string }>>) =>
    Object.entries(all).map(([word, { meaning }]) => `  ${word.padEnd(10)}${meaning}`)
  return ['Profiles:', ...words(profiles), 'Mixes:', ...words(mixes)].join('\n')
}
