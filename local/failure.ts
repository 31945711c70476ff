/**
 * The exit codes of every command, so that a script can tell "the answer is no" from "I could not ask".
 *
 * `refused` means that the command ran and the answer is bad (an audit that differs, a demonstration that went wrong);
 * `usage` that the words were not understood; `unavailable` that the system, or something that it needs, is not there;
 * `defect` that the program itself is at fault.
 */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unavailable: 3, defect: 70 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/**
 * An end of a command that its reader can do something about: what happened, and what to do.
 *
 * Anything else that is thrown is taken for a defect and printed with its stack.
 *
 * @example
 * throw new Failure('port 4566 is taken by nginx (pid 812)', { remedy: 'choose another with --port' })
 */
export class Failure extends Error {
  readonly remedy: string | undefined
  readonly exitCode: ExitCode
  readonly details: unknown

  constructor(
    message: string,
    options: { remedy?: string; exitCode?: ExitCode; details?: unknown; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'Failure'
    this.remedy = options.remedy
    this.exitCode = options.exitCode ?? exitCodes.unavailable
    this.details = options.details
  }
}
