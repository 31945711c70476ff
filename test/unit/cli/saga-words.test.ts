import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { registerSaga } from '../../../cli/commands/saga.ts'
import { exitCodes, Failure } from '../../../local/failure.ts'

/** What the command line says to words that it does not take, before it speaks to any system. */
const refusalOf = async (...words: string[]): Promise<{ said: string; exitCode: number }> => {
  const program = new Command().exitOverride()
  registerSaga(program)
  const mute = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => {} })
    for (const below of command.commands) mute(below)
  }
  mute(program)
  try {
    await program.parseAsync(['saga', ...words], { from: 'user' })
  } catch (error) {
    if (error instanceof Failure) return { said: error.message, exitCode: error.exitCode }
    return { said: (error as Error).message, exitCode: exitCodes.usage }
  }
  throw new Error(`saga ${words.join(' ')} was taken`)
}

describe('words about sagas that are missing or not understood', () => {
  test.each([
    [['retry', '--reason', 'x'], 'say which saga to retry, or which ones by a filter'],
    [['retry', 'a:1', '--status', 'case', '--reason', 'x'], 'was given a:1 and a filter'],
    [['retry', 'a:1', '--overdue', '--reason', 'x'], 'was given a:1 and a filter'],
    [['retry', 'a:1'], "required option '--reason <text>' not specified"],
    [['skip', 'a:1', '--reason', 'x'], "required option '--step <step>' not specified"],
    [['signal', 'a:1', '--reason', 'x'], "required option '--step <step>' not specified"],
    [['resolve', 'a:1', '--step', 's', '--reason', 'x'], "required option '--as <outcome>' not specified"],
    [['resolve', 'a:1', '--step', 's', '--reason', 'x', '--as', 'doen'], "did you mean 'done'?"],
    [['signal', 'a:1', '--step', 's', '--reason', 'x', '--data', '{'], "'{' is not JSON"],
    [['cancel', 'a:1', '--step', 's', '--reason', 'x'], "unknown option '--step'"],
    [['retry', 'a:1', '--data', '{}', '--reason', 'x'], "unknown option '--data'"],
    [['list', '--older-than', 'long'], 'write 30s, 10m, 2h or 3d'],
    [['list', '--status', 'stuck'], "'stuck' is not a status"],
    [['list', '--limit', '0'], 'not a whole number from 1 to 100'],
    [['retry', '--status', 'done', '--reason', 'x'], "'done' is not a status"],
    [['retry', '--status', 'case', '--rate', '51', '--reason', 'x'], 'not a whole number from 1 to 50'],
    [['list', '--failed-stpe', 'x'], 'Did you mean --failed-step?'],
    [['resovle'], 'Did you mean resolve?'],
  ])('%j say which', async (words, message) => {
    const { said, exitCode } = await refusalOf(...words)
    expect(said).toContain(message)
    expect(exitCode).toBe(exitCodes.usage)
  })
})
