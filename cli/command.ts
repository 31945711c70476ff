import { type Command, InvalidArgumentError } from 'commander'
import { cloudNames } from '../local/backend-names.ts'
import { type ExitCode, exitCodes } from '../local/failure.ts'
import { refusalOf } from '../local/nearest.ts'
import { parsePort } from '../local/settings.ts'
import { createOutput, type Output } from './output.ts'

/** What every command is given: which cloud it speaks to, and how it speaks. */
export type CloudOptions = { port?: number; state?: string; cloud?: string; stage?: string; json?: boolean }

/** What a command's action receives. `args` are the positional arguments in order. */
export type Invocation<Options> = { args: string[]; options: Options & CloudOptions; out: Output }

/**
 * Adds a command that has what all of them have: `--json`, the choice of the cloud, `--help`.
 *
 * @example
 * export const registerToken = (program: Command) =>
 *   action(
 *     addCommand(program, 'token', 'issue a token for the local stage').option('--subject <name>', 'whose', 'alice'),
 *     async ({ options, out }) => out.result({ token }, () => token),
 *   )
 */
export const addCommand = (parent: Command, nameAndArguments: string, summary: string): Command =>
  parent
    .command(nameAndArguments)
    .description(summary)
    .option('--json', 'print one JSON document for machines')
    .option('--port <number>', 'port of the local cloud (NEVERSTOP_PORT, 4566)', toPort)
    .option('--state <folder>', 'state folder of the local cloud (NEVERSTOP_STATE, .neverstop)')
    .option('--cloud <backend>', `where the system runs: ${cloudNames.join(', ')} (NEVERSTOP_CLOUD)`)
    .option('--stage <name>', 'the stage of the system (NEVERSTOP_STAGE, local)')

/**
 * Gives a command its work. The exit code is what the action returns, 0 when it returns nothing; what it throws is
 * printed by `main.ts`: a `Failure` as message and remedy, anything else as a defect.
 */
export const action = <Options extends object = object>(
  command: Command,
  // biome-ignore lint/suspicious/noConfusingVoidType: an action that has nothing to say returns nothing
  run: (invocation: Invocation<Options>) => Promise<ExitCode | void>,
): Command =>
  command.action(async () => {
    const options = command.opts<Options & CloudOptions>()
    const out = createOutput({ json: options.json === true })
    process.exitCode = (await run({ args: command.args, options, out })) ?? exitCodes.ok
  })

/** An option's or argument's parser for a closed set of words; refuses others with the nearest valid one. */
export const oneOf =
  <Word extends string>(what: string, words: readonly Word[]) =>
  (word: string): Word => {
    if (words.includes(word as Word)) return word as Word
    throw new InvalidArgumentError(refusalOf(what, word, words))
  }

/** An option's parser for whole numbers from `least` to `most`, both included. */
export const wholeNumber =
  (least = 0, most = Number.MAX_SAFE_INTEGER) =>
  (word: string): number => {
    const value = Number(word)
    if (/^-?\d+$/.test(word) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`'${word}' is not a whole number from ${least} to ${most}.`)
  }

/**
 * An option's parser for spans of time: a whole number with its unit. The value is in milliseconds.
 *
 * @example
 * span('10m') // 600_000
 */
export const span = (word: string): number => {
  const [, count, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(word) ?? []
  if (count === undefined) throw new InvalidArgumentError(`'${word}' is not a span of time: write 30s, 10m, 2h or 3d.`)
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 's' | 'm' | 'h' | 'd']
}

const toPort = (word: string): number => {
  const port = parsePort(word)
  if (port !== undefined) return port
  throw new InvalidArgumentError(`'${word}' is not a port from 1 to 65535.`)
}
