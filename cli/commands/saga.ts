import { randomUUID } from 'node:crypto'
import { type Command, InvalidArgumentError } from 'commander'
import { type ActBody, sagaStates, unfinishedStates } from '../../events/http/sagas.ts'
import { type Verb, verbs } from '../../events/saga.ts'
import { exitCodes, Failure } from '../../local/failure.ts'
import { action, addCommand, type CloudOptions, oneOf, span, wholeNumber } from '../command.ts'
import type { Bulk } from '../saga/act.ts'

type Filter = {
  definition?: string
  status?: string
  olderThan?: number
  failedStep?: string
  tenant?: string
  overdue?: true
}
type ActOptions = Filter & {
  step?: string
  as?: 'done' | 'refused' | 'undone'
  data?: unknown
  reason: string
  by: string
  key?: string
  dryRun?: true
  limit: number
  rate: number
}

/** What each verb does, and what it needs to be told. */
const summaries: Readonly<Record<Verb, readonly [summary: string, step: 'needs' | 'may name' | 'none']>> = {
  retry: ['ask again, now, for what a saga or one of its steps waits for', 'may name'],
  skip: ['go on without a step whose undo failed, or one after the pivot', 'needs'],
  resolve: ['say what became of a step whose answer is missing', 'needs'],
  compensate: ['turn back now', 'none'],
  cancel: ["say the customer's wish to cancel", 'none'],
  signal: ['say to a step what it waits to hear', 'needs'],
}

const patience = { act: 60_000, rest: 15_000 }

export const registerSaga = (program: Command): Command => {
  const saga = program.command('saga').helpCommand(false).description('list, show and direct sagas, as an operator')

  const list = filtered(addCommand(saga, 'list', 'list sagas, the newest first'), [
    'unfinished',
    'ended',
    ...sagaStates,
  ] as const)
    .option('--limit <number>', 'how many', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
  action<Filter & { limit: number; cursor?: string }>(list, async ({ options, out }) => {
    const { limit, cursor } = options
    const api = await operator(options, 'cli')
    const page = await api.sagas({ ...filterOf(options), overdue: options.overdue && 'true', limit, cursor })
    const { describeSagas } = await import('../saga/describe.ts')
    out.result(page, () => describeSagas(page, Date.now()))
  })

  const show = addCommand(saga, 'show', 'show a saga: its steps over time, what it waits for, who did what').argument(
    '<saga-id>',
  )
  action(show, async ({ args, options, out }) => {
    const document = await (await operator(options, 'cli')).saga(args[0]!)
    const { describeSaga } = await import('../saga/describe.ts')
    out.result(document, () => describeSaga(document, Date.now()))
  })

  const versions = addCommand(saga, 'versions', 'show how many instances each version still has, and which may go')
  action(versions, async ({ options, out }) => {
    const all = await (await operator(options, 'cli')).sagaVersions()
    const { describeVersions } = await import('../saga/describe.ts')
    out.result(all, () => describeVersions(all, Date.now()))
  })

  for (const verb of verbs) registerVerb(saga, verb)
  return saga
}

const registerVerb = (saga: Command, verb: Verb): void => {
  const [summary, step] = summaries[verb]
  const command = filtered(
    addCommand(saga, verb, summary).argument('[saga-id]', 'which; without it, all that fit the filter'),
    ['unfinished', ...unfinishedStates] as const,
  )
    .requiredOption('--reason <text>', 'why; kept in the history of the saga')
    .option('--by <operator>', 'who does it', 'cli')
    .option('--key <key>', 'Idempotency-Key: saying it again under the same key is the same act')
    .option('--dry-run', 'say what would come of it, and do nothing')
    .option('--limit <number>', 'with a filter: how many at most', wholeNumber(1, 10_000), 100)
    .option('--rate <number>', 'with a filter: how many a second', wholeNumber(1, 50), 5)
  if (step === 'needs') command.requiredOption('--step <step>', 'which step')
  if (step === 'may name') command.option('--step <step>', 'only this step')
  if (verb === 'resolve')
    command
      .requiredOption('--as <outcome>', 'done, refused or undone', oneOf('outcome', ['done', 'refused', 'undone']))
      .option(
        '--attempt <number>',
        'which attempt it became so of, once there was more than one',
        wholeNumber(1, 1_000),
      )
  if (verb === 'resolve' || verb === 'signal')
    command.option('--data <json>', 'the data of the reply or signal', toJson)

  action<ActOptions>(command, async ({ args, options, out }) => {
    const [{ actOnAll, bodyOf, effectOf }, describe] = await Promise.all([
      import('../saga/act.ts'),
      import('../saga/describe.ts'),
    ])
    const where = { ...filterOf(options), ...(options.overdue ? { overdue: true } : {}) }
    const [sagaId] = args
    const isFiltered = Object.values(where).some((value) => value !== undefined)
    if ((sagaId === undefined) !== isFiltered) throw unclear(verb, sagaId)

    const api = await operator(options, options.by)
    const body: ActBody = bodyOf({ ...options, verb })
    const saying = { key: options.key ?? randomUUID(), dryRun: options.dryRun === true }

    if (sagaId === undefined) {
      const bulk: Bulk = {
        body: { ...body, where: where as Bulk['body']['where'] },
        limit: options.limit,
        rate: options.rate,
        saying,
        patience,
        note: out.note,
      }
      const outcome = await actOnAll(api, bulk)
      out.result(outcome, () => describe.describeBulk(outcome))
      return (outcome.parked?.length ?? 0) + (outcome.unseen?.length ?? 0) > 0 ? exitCodes.refused : exitCodes.ok
    }

    const taken = await api.actOnSaga(sagaId, body, saying)
    if (saying.dryRun || taken.verdict === 'known') {
      out.result(taken, () => `${sagaId}: ${verb} ${describe.describeTaken(taken)}`)
      return exitCodes.ok
    }
    out.note(`${sagaId}: ${verb} is on its way; it ${describe.describeTaken(taken)}`)
    const effect = await effectOf(api, taken, patience)
    if ('unseen' in effect)
      throw new Failure(`${sagaId} has not been seen to ${verb} within ${patience.act / 1_000} s`, {
        remedy: `the act ${taken.actId} is in the queue: look with './neverstop saga show ${sagaId}' and './neverstop failed list'`,
        details: taken,
      })
    if ('parked' in effect) {
      const { failed, because } = effect.parked
      out.result(
        { ...taken, parked: effect.parked },
        () => `${verb} came too late and is at the desk as ${failed}: ${because}`,
      )
      return exitCodes.refused
    }
    out.result({ ...taken, saga: effect.done }, () => describe.describeSaga(effect.done, Date.now()))
    return exitCodes.ok
  })
}

/** The options by which sagas are found. */
const filtered = <State extends string>(command: Command, states: readonly State[]): Command =>
  command
    .option('--definition <name>', 'only of this definition')
    // `--state` is the state folder of the local cloud, with every command.
    .option('--status <status>', states.join(', '), oneOf('status', states))
    .option('--older-than <span>', 'only what started longer ago: 30s, 10m, 2h, 3d', span)
    .option('--failed-step <step>', 'only where this step failed, or does not answer')
    .option('--tenant <tenant>', "only this tenant's")
    .option('--overdue', 'only what should have looked again by itself and has not')

const filterOf = ({ definition, status, olderThan, failedStep, tenant }: Filter) => ({
  definition,
  state: status,
  failedStep,
  tenant,
  ...(olderThan === undefined ? {} : { startedBefore: new Date(Date.now() - olderThan).toISOString() }),
})

const unclear = (verb: Verb, sagaId: string | undefined): Failure =>
  sagaId === undefined
    ? new Failure(`say which saga to ${verb}, or which ones by a filter`, {
        exitCode: exitCodes.usage,
        remedy: `'./neverstop saga ${verb} --help' shows the filters; '--status unfinished' means all`,
      })
    : new Failure(`${verb} was given ${sagaId} and a filter: say one of them`, { exitCode: exitCodes.usage })

const operator = async (options: CloudOptions, subject: string) => {
  const [{ openSystem }, { signIn }] = await Promise.all([import('../system.ts'), import('../sign-in.ts')])
  return signIn(await openSystem(options), { role: 'operator', subject })
}

const toJson = (word: string): unknown => {
  try {
    return JSON.parse(word) as unknown
  } catch {
    throw new InvalidArgumentError(`'${word}' is not JSON: write '{"…": …}'.`)
  }
}
