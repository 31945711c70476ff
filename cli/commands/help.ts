import type { Command } from 'commander'
import { exitCodes, Failure } from '../../local/failure.ts'
import { refusalOf } from '../../local/nearest.ts'

/** `help saga retry` says what `saga retry --help` says. */
export const registerHelp = (program: Command): Command =>
  program
    .command('help')
    .argument('[command...]')
    .description('show how a command is used')
    .action((words: readonly string[]) => words.reduce(below, program).help())

const below = (command: Command, word: string): Command => {
  const found = command.commands.find((candidate) => candidate.name() === word)
  if (found) return found
  const valid = command.commands.map((candidate) => candidate.name())
  throw new Failure(
    valid.length > 0
      ? refusalOf('command', word, valid)
      : `'${command.name()}' has no commands, and none called '${word}'`,
    { exitCode: exitCodes.usage },
  )
}
