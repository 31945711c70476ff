import type { Command } from 'commander'
import { failedClasses, failedStatuses } from '../../events/http/recovery.ts'
import { action, addCommand, type CloudOptions, oneOf, wholeNumber } from '../command.ts'

export const registerFailed = (program: Command): Command => {
  const failed = program
    .command('failed')
    .helpCommand(false)
    .description('list, show and redrive messages that could not be handled')

  const list = addCommand(failed, 'list', 'list failed messages, the newest first')
    .option('--status <status>', failedStatuses.join(', '), oneOf('status', failedStatuses))
    .option('--class <class>', failedClasses.join(', '), oneOf('class', failedClasses))
    .option('--limit <number>', 'how many', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
  action<{ status?: string; class?: string; limit: number; cursor?: string }>(list, async ({ options, out }) => {
    const { status, class: failedClass, limit, cursor } = options
    const page = await (await operator(options)).failed({ status, class: failedClass, limit, cursor })
    const { describeFailures } = await import('../failures.ts')
    out.result(page, () => describeFailures(page))
  })

  const show = addCommand(failed, 'show', 'show a failed message with its reason and payload').argument('<id>')
  action(show, async ({ args, options, out }) => {
    const record = await (await operator(options)).failedRecord(args[0]!)
    const { describeFailure } = await import('../failures.ts')
    out.result(record, () => describeFailure(record))
  })

  const redrive = addCommand(failed, 'redrive', 'put a failed message back where it failed')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why it should succeed now; kept in the record')
  action<{ reason: string }>(redrive, async ({ args, options, out }) => {
    const redriven = await (await operator(options)).redrive(args[0]!, options.reason)
    out.result(redriven, () => `${redriven.id} is back on ${redriven.queue}`)
  })
  return failed
}

const operator = async (options: CloudOptions) => {
  const [{ openSystem }, { signIn }] = await Promise.all([import('../system.ts'), import('../sign-in.ts')])
  return signIn(await openSystem(options), { role: 'operator', subject: 'cli' })
}
