import { type Command, InvalidArgumentError } from 'commander'
import { defaultRate, defaultStopAt, failedClasses, failedStatuses, type Imported } from '../../events/http/recovery.ts'
import { exitCodes, Failure } from '../../local/failure.ts'
import { action, addCommand, type CloudOptions, oneOf, wholeNumber } from '../command.ts'
import type { Filter } from '../failed/bulk.ts'

type Reasoned = { reason: string }

const answers = ['refused', 'none'] as const

export const registerFailed = (program: Command): Command => {
  const failed = program
    .command('failed')
    .helpCommand(false)
    .description('list, explain, mend and put back messages that could not be handled')

  const list = filtered(addCommand(failed, 'list', 'list failed messages, the newest first'))
    .option('--limit <number>', 'how many', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
  action<Filter & { limit: number; cursor?: string }>(list, async ({ options, out }) => {
    const { limit, cursor } = options
    const page = await (await operator(options)).failed({ ...filterOf(options), limit, cursor })
    const { describeFailures } = await import('../failures.ts')
    out.result(page, () => describeFailures(page))
  })

  const groups = addCommand(failed, 'groups', 'list causes of failure, that of the newest first').option(
    '--all',
    'those too of which nothing is open any more',
  )
  action<{ all?: true }>(groups, async ({ options, out }) => {
    const { items } = await (await operator(options)).failedGroups(options.all ? { all: 'true' } : {})
    const { describeGroups } = await import('../failures.ts')
    out.result({ items }, () => describeGroups(items))
  })

  const show = addCommand(failed, 'show', 'show a failed message with its reason, its failures and what was done')
    .argument('<id>')
    .option('--reveal <reason>', 'see what is personal, too; why is kept in the record')
  action<{ reveal?: string }>(show, async ({ args, options, out }) => {
    const { reveal } = options
    const record = await (await operator(options, reveal !== undefined)).failedRecord(args[0]!, reveal)
    const { describeFailure } = await import('../failures.ts')
    out.result(record, () => describeFailure(record))
  })

  registerRedrive(failed)
  registerStop(failed)
  registerCleared(failed)
  registerEdit(failed)
  registerDiscard(failed)
  registerExport(failed)
  registerImport(failed)
  return failed
}

const registerRedrive = (failed: Command) => {
  const redrive = addCommand(failed, 'redrive', 'put a message back where it failed, or a whole group in stages')
    .argument('[id]')
    .option('--group <fingerprint>', 'one, then ten, then the rest at a rate, while they are handled')
    .option('--reason <text>', 'why it should succeed now; kept in the record')
    .option('--rate <number>', `messages a second in the last stage (${defaultRate})`, number(0.1, 200))
    .option('--stop-at <share>', `stop when more than this share fails (${defaultStopAt})`, number(0, 1))
    .option('--no-wait', 'do not watch a group to its end')
    .option('--dry-run', 'tell what would be taken, and send nothing')
  type Options = Partial<Reasoned> & { group?: string; rate?: number; stopAt?: number; wait: boolean; dryRun?: true }
  action<Options>(redrive, async ({ args, options, out }) => {
    const { group, reason, rate, stopAt, wait, dryRun } = options
    const id = args[0]
    if ((id === undefined) === (group === undefined))
      throw usage('name either a message or --group', 'as in failed redrive f_… or failed redrive --group …')
    if (!dryRun && reason === undefined) throw usage('--reason is missing', 'say why it should succeed now')
    const api = await operator(options)
    const { describeCheck, describeGroupCheck, describePlan } = await import('../failures.ts')
    if (dryRun) {
      if (group !== undefined) {
        const check = await api.groupCheck(group)
        out.result(check, () => describeGroupCheck(check))
        return check.refused.length === 0 ? exitCodes.ok : exitCodes.refused
      }
      const check = await api.failedCheck(id!)
      out.result(check, () => describeCheck(check))
      return check.passes ? exitCodes.ok : exitCodes.refused
    }
    if (id !== undefined) {
      const redriven = await api.redrive(id, reason!)
      out.result(redriven, () => `${redriven.id} is back on ${redriven.queue}`)
      return exitCodes.ok
    }
    const begun = await api.redriveGroup(group!, {
      reason: reason!,
      ...(rate === undefined ? {} : { rate }),
      ...(stopAt === undefined ? {} : { stopAt }),
    })
    const { watchPlan } = await import('../failed/watch.ts')
    const plan = wait ? await watchPlan(api, begun, out.note) : begun
    out.result(plan, () => describePlan(plan))
    return plan.status === 'stopped' ? exitCodes.refused : exitCodes.ok
  })
}

const registerStop = (failed: Command) => {
  const stop = addCommand(failed, 'stop', 'stop the staged redrive of a group; what is under way stays under way')
    .argument('<fingerprint>')
    .requiredOption('--reason <text>', 'why')
  action<Reasoned>(stop, async ({ args, options, out }) => {
    const plan = await (await operator(options)).stopGroup(args[0]!, options.reason)
    const { describePlan } = await import('../failures.ts')
    out.result(plan, () => describePlan(plan))
  })
}

const registerCleared = (failed: Command) => {
  const cleared = addCommand(
    failed,
    'cleared',
    'say that a cause has gone: what failed transiently is tried at once, within the budget of automatic redrives',
  ).requiredOption('--reason <text>', 'what has gone; kept in the records')
  action<Reasoned>(cleared, async ({ options, out }) => {
    const result = await (await operator(options)).causeCleared(options.reason)
    out.result(
      result,
      () =>
        [
          ...result.tried.map(({ fingerprint, plan }) => `${fingerprint} is tried: ${plan}`),
          ...result.left.map(({ fingerprint, because }) => `${fingerprint} is left alone: ${because}`),
        ].join('\n') || 'nothing is open',
    )
  })
}

const registerEdit = (failed: Command) => {
  const edit = addCommand(failed, 'edit', 'mend a message in $EDITOR or by a JSON Patch; its id stays')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why it may be changed; kept in the record')
    .option('--patch <json>', 'RFC 6902: the patch, @file, or - for stdin; without it, $EDITOR')
    .option('--dry-run', 'show the difference and what its contract says, and change nothing')
  action<Reasoned & { patch?: string; dryRun?: true }>(edit, async ({ args, options, out }) => {
    const id = args[0]!
    const { reason, patch: given, dryRun = false } = options
    const { patchByEditor, readPatch } = await import('../failed/patch.ts')
    const api = await operator(options, given === undefined)
    const patch =
      given === undefined ? patchByEditor(await api.failedRecord(id, `to edit it: ${reason}`)) : readPatch(given)
    if (!patch) {
      out.result({ id, dryRun, difference: [] }, () => 'nothing was changed')
      return exitCodes.ok
    }
    const edited = await api.editFailed(id, { reason, patch, dryRun })
    const { describeEdit } = await import('../failures.ts')
    out.result(edited, () => describeEdit(edited))
    return edited.check.passes ? exitCodes.ok : exitCodes.refused
  })
}

const registerDiscard = (failed: Command) => {
  const discard = filtered(
    addCommand(failed, 'discard', 'decide that a message, or all that fit, is never to be handled'),
  )
    .argument('[id]')
    .requiredOption('--reason <text>', 'why it need not be handled; kept in the record')
    .option('--erase', 'the message itself goes, and everything that quotes it')
    .option(
      '--answer <answer>',
      'tell its saga that it was refused (no copy may still be under way), or none',
      oneOf('answer', answers),
    )
    .option('--dry-run', 'tell what would be discarded, and discard nothing')
  action<Filter & Reasoned & { erase?: true; answer?: (typeof answers)[number]; dryRun?: true }>(
    discard,
    async ({ args, options, out }) => {
      const { reason, erase = false, answer = 'none', dryRun = false } = options
      const api = await operator(options)
      const { matching, onEach } = await import('../failed/bulk.ts')
      const filter = filterOf(options)
      if (args[0] === undefined && filter.group === undefined)
        throw usage('name either a message or --group', 'discarding everything at once is no remedy')
      const items = args[0] === undefined ? await matching(api, { status: 'open', ...filter }) : [{ id: args[0] }]
      const done = await onEach(items, (id) => api.discardFailed(id, { reason, erase, answer, dryRun }))
      const refused = done.filter(({ error }) => error !== undefined)
      const would = dryRun ? done.flatMap(({ result }) => result ?? []) : []
      const { describeDiscard } = await import('../failures.ts')
      out.result({ discarded: done.length - refused.length, dryRun, refused, ...(dryRun ? { would } : {}) }, () =>
        [
          `${done.length - refused.length} ${dryRun ? 'would be ' : ''}discarded`,
          ...would.map(describeDiscard),
          ...refused.map(({ id, error }) => `  ${id}: ${error}`),
        ].join('\n'),
      )
      return refused.length === 0 ? exitCodes.ok : exitCodes.refused
    },
  )
}

const registerExport = (failed: Command) => {
  const records = filtered(
    addCommand(failed, 'export', 'print records as JSON, one a line; what is personal is masked without --reveal'),
  ).option('--reveal <reason>', 'to the letter, as an import takes them; why is kept in every record')
  action<Filter & { reveal?: string }>(records, async ({ options, out }) => {
    const { reveal } = options
    const api = await operator(options, reveal !== undefined)
    const { matching } = await import('../failed/bulk.ts')
    const items = await matching(api, filterOf(options))
    const exported = []
    for (const { id } of items) {
      const record = await api.failedRecord(id, reveal)
      if (options.json) exported.push(record)
      else out.line(JSON.stringify(record))
    }
    if (options.json) out.result({ records: exported }, () => '')
    else out.note(`${items.length} records${reveal === undefined ? ', masked' : ''}`)
  })
}

const registerImport = (failed: Command) => {
  const records = addCommand(failed, 'import', 'take exported records in; those that are here already stay as they are')
    .argument('<file>', 'as export printed it, or - for stdin')
    .requiredOption('--reason <text>', 'why; kept in every record')
    .option('--dry-run', 'tell what would be taken in, and what would come of putting it back from here; take nothing')
  action<Reasoned & { dryRun?: true }>(records, async ({ args, options, out }) => {
    const [{ readFileSync }, { exportedIn }] = await Promise.all([import('node:fs'), import('../failed/bulk.ts')])
    const text = readFileSync(args[0] === '-' ? 0 : args[0]!, 'utf8')
    const api = await operator(options)
    const { reason, dryRun = false } = options
    const results: Imported['records'] = []
    for (const portion of exportedIn(text)) results.push(...(await api.importFailed(reason, portion, dryRun)).records)
    const count = (word: string) => results.filter(({ result }) => result === word).length
    const { describeCheck } = await import('../failures.ts')
    out.result({ records: results, dryRun }, () =>
      [
        `${count('imported')} ${dryRun ? 'would be ' : ''}imported, ${count('known')} known already, ${count('refused')} refused`,
        ...results.flatMap(({ id, because, check }) => [
          ...(because ? [`  ${id}: ${because}`] : []),
          ...(check ? [`  ${describeCheck(check)}`] : []),
        ]),
      ].join('\n'),
    )
    return count('refused') === 0 ? exitCodes.ok : exitCodes.refused
  })
}

/** What narrows a list of records. */
const filtered = (command: Command): Command =>
  command
    .option('--status <status>', failedStatuses.join(', '), oneOf('status', failedStatuses))
    .option('--class <class>', failedClasses.join(', '), oneOf('class', failedClasses))
    .option('--group <fingerprint>', 'only those that failed for the same cause')
    .option('--type <contract>', 'only of this contract, e.g. payments.AuthorisePayment.v1')

const filterOf = (options: Filter): Filter => {
  const { status, class: failedClass, group, type } = options
  return Object.fromEntries(
    Object.entries({ status, class: failedClass, group, type }).filter(([, value]) => value !== undefined),
  )
}

const number =
  (least: number, most: number) =>
  (word: string): number => {
    const value = Number(word)
    if (word.trim() !== '' && value >= least && value <= most) return value
    throw new InvalidArgumentError(`'${word}' is not a number from ${least} to ${most}.`)
  }

const usage = (message: string, remedy: string) => new Failure(message, { exitCode: exitCodes.usage, remedy })

const operator = async (options: CloudOptions, personal = false) => {
  const [{ openSystem }, { signIn }] = await Promise.all([import('../system.ts'), import('../sign-in.ts')])
  return signIn(await openSystem(options), { role: 'operator', subject: 'cli', personal })
}
