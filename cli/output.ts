import { CommanderError } from 'commander'
import { type ExitCode, exitCodes, Failure } from '../local/failure.ts'

/** Where a command's words go. Injected in tests. */
export type Streams = { stdout: (text: string) => void; stderr: (text: string) => void }

/**
 * How a command speaks: to a person, or with `--json` to a machine.
 *
 * The promise to machines: stdout carries exactly one JSON document, whatever happens; everything else is on stderr.
 */
export type Output = {
  readonly json: boolean
  /** The answer of the command: `data` for machines, the text of `human` for people. Call it once. */
  result: (data: unknown, human: () => string) => void
  /** One line of an answer that never ends (stdout); only for commands that say so in their help. */
  line: (text: string) => void
  /** A line on the way (stderr), for people and logs. */
  note: (line: string) => void
}

const processStreams: Streams = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
}

/**
 * Makes the output of one command run.
 *
 * @example
 * const out = createOutput({ json: true })
 * out.result({ ok: true }, () => 'all is well') // prints {"ok": true}
 */
export const createOutput = ({ json, streams = processStreams }: { json: boolean; streams?: Streams }): Output => ({
  json,
  result: (data, human) => streams.stdout(json ? `${JSON.stringify(data, null, 2)}\n` : withNewline(human())),
  line: (text) => streams.stdout(`${text}\n`),
  note: (line) => streams.stderr(`${line}\n`),
})

/**
 * Prints why a command ended badly and gives its exit code.
 *
 * A person gets the message and the remedy on stderr; a machine `{error: {message, remedy, exitCode, details}}` on
 * stdout. An error that nobody foresaw is a defect and keeps its stack.
 */
export const printFailure = (error: unknown, json: boolean, streams: Streams = processStreams): ExitCode => {
  if (error instanceof CommanderError) return printUsage(error, json, streams)
  const failure = error instanceof Failure ? error : undefined
  const exitCode = failure?.exitCode ?? exitCodes.defect
  const message = error instanceof Error ? error.message : String(error)
  if (json) {
    const details = failure?.details ?? (failure || !(error instanceof Error) ? undefined : error.stack)
    streams.stdout(`${JSON.stringify({ error: { message, remedy: failure?.remedy, exitCode, details } }, null, 2)}\n`)
  } else if (failure) {
    streams.stderr(`error: ${message}\n${failure.remedy ? `       ${failure.remedy}\n` : ''}`)
  } else {
    streams.stderr(`defect: ${error instanceof Error ? (error.stack ?? message) : message}\n`)
  }
  return exitCode
}

/** Commander has already written its text for people; machines get it as a document. Asking for help is no error. */
const printUsage = (error: CommanderError, json: boolean, streams: Streams): ExitCode => {
  if (error.exitCode === 0) return exitCodes.ok
  const message = error.message.replace(/^error: /, '')
  if (json) streams.stdout(`${JSON.stringify({ error: { message, exitCode: exitCodes.usage } }, null, 2)}\n`)
  return exitCodes.usage
}

/** The fields of an RFC 9457 problem document that a person is shown. */
export type Problem = {
  status: number
  title: string
  detail?: string
  errors?: readonly { detail: string; pointer?: string }[]
}

/**
 * A problem document of the API as lines for a person.
 *
 * @example
 * describeProblem({ status: 422, title: 'Invalid order', errors: [{ pointer: '/lines/0', detail: 'quantity is 0' }] })
 * // 'Invalid order (422)\n  /lines/0: quantity is 0'
 */
export const describeProblem = (problem: Problem): string =>
  [
    `${problem.title} (${problem.status})${problem.detail ? `: ${problem.detail}` : ''}`,
    ...(problem.errors ?? []).map(({ pointer, detail }) => `  ${pointer ? `${pointer}: ` : ''}${detail}`),
  ].join('\n')

const withNewline = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
