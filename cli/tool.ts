import { parseArgs } from 'node:util'
import { exitCodes, Failure } from '../local/failure.ts'
import { refusalOf } from '../local/nearest.ts'
import { printFailure } from './output.ts'

/** Numbers are whole ones, `least` (0) or more; `numbers` are several, with commas between them. */
type Option =
  | { readonly type: 'boolean' }
  | { readonly type: 'string'; readonly multiple?: true }
  | { readonly type: 'number'; readonly least?: number }
  | { readonly type: 'numbers' }
type Options = Readonly<Record<string, Option>>

type Value<Its extends Option> = Its extends { readonly type: 'boolean' }
  ? boolean
  : Its extends { readonly type: 'number' }
    ? number | undefined
    : Its extends { readonly type: 'numbers' }
      ? number[] | undefined
      : Its extends { readonly multiple: true }
        ? string[] | undefined
        : string | undefined

/** A tool of `npm run`: what its `--help` says, the options that it takes, and its plain words where it takes any. */
export type Tool<Its extends Options> = {
  readonly usage: string
  readonly options: Its
  readonly words?: { readonly what: string; readonly valid: readonly string[] }
}

export type Told<Its extends Options> = {
  readonly values: { readonly [Name in keyof Its]: Value<Its[Name]> }
  readonly words: readonly string[]
}

/**
 * What a tool of `npm run` was told. Ends the process where there is nothing to run: well after `--help`, with exit code
 * 2 after words that are not understood.
 *
 * @example
 * const { values } = toldTo({ usage: 'npm run simulate -- --seed 7', options: { seed: { type: 'number' } } })
 */
export const toldTo = <const Its extends Options>(tool: Tool<Its>): Told<Its> => {
  const args = process.argv.slice(2)
  try {
    const { help, ...told } = wordsOf(tool, args)
    if (!help) return told
    console.log(tool.usage)
    process.exit(exitCodes.ok)
  } catch (error) {
    process.exit(printFailure(error, args.includes('--json')))
  }
}

/**
 * The words of a command line as a tool takes them.
 *
 * @throws Failure naming the word and the nearest valid one, or the option and the number that it takes.
 */
export const wordsOf = <const Its extends Options>(
  { options, words }: Tool<Its>,
  args: readonly string[],
): Told<Its> & { readonly help: boolean } => {
  const config = {
    args: [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        Object.entries(options).map(([name, option]) => [
          name,
          {
            type: option.type === 'boolean' ? ('boolean' as const) : ('string' as const),
            multiple: 'multiple' in option,
          },
        ]),
      ),
      help: { type: 'boolean' as const, short: 'h' },
    },
  }
  const names = Object.keys(config.options).map((name) => `--${name}`)
  const { tokens } = parseArgs({ ...config, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'option' && !names.includes(`--${token.name}`)) throw refused('option', token.rawName, names)
    if (token.kind === 'positional' && !words?.valid.includes(token.value))
      throw refused(words?.what ?? 'option', token.value, words?.valid ?? names)
  }
  const { values, positionals } = strictly(config)
  const read = ([name, option]: [string, Option]): (readonly [string, unknown])[] => {
    const value = values[name]
    if (option.type === 'boolean') return [[name, value === true]]
    if (typeof value !== 'string' || option.type === 'string') return value === undefined ? [] : [[name, value]]
    if (option.type === 'number') return [[name, wholeNumber(name, value, option.least)]]
    return [[name, value.split(',').flatMap((word) => (word === '' ? [] : [wholeNumber(name, word)]))]]
  }
  return {
    values: Object.fromEntries(Object.entries(options).flatMap(read)) as Told<Its>['values'],
    words: positionals,
    help: values.help === true,
  }
}

const refused = (...refusal: Parameters<typeof refusalOf>) =>
  new Failure(refusalOf(...refusal), { exitCode: exitCodes.usage })

/** What is left to refuse are options without the value that they need, and values of options that take none. */
const strictly = (config: NonNullable<Parameters<typeof parseArgs>[0]>) => {
  try {
    return parseArgs(config)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Failure(error.message, { exitCode: exitCodes.usage })
  }
}

const wholeNumber = (name: string, word: string, least = 0): number => {
  const value = Number(word)
  if (/^\d+$/.test(word) && value >= least && Number.isSafeInteger(value)) return value
  throw new Failure(`--${name} takes a whole number from ${least} on, not '${word}'`, { exitCode: exitCodes.usage })
}
