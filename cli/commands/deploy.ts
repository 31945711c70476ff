import { type Command, InvalidArgumentError } from 'commander'
import { exitCodes, Failure } from '../../local/failure.ts'
import { readSettings, type Settings } from '../../local/settings.ts'
import { action, addCommand, type Invocation, wholeNumber } from '../command.ts'

type DeployWords = {
  ordersPerDay?: number
  dryRun?: true
  yes?: true
  unwatched?: true
  /** `false` by `--no-alarm-email`. */
  alarmEmail?: string | false
  replaceData?: true
  orphanSagas?: true
}

export const registerDeploy = (program: Command): Command =>
  action<DeployWords>(
    addCommand(program, 'deploy', 'deploy what changed to a local cloud that already runs, or a stage to an account')
      .option('--orders-per-day <number>', 'in an account: what the estimate reckons with (1000)', wholeNumber(0, 1e9))
      .option('--dry-run', 'in an account: show what would change and what it would cost, and stop')
      .option('--yes', 'in an account: go on without asking')
      .option('--unwatched', 'in an account: let no alarm turn new code back, for what mends the cause of one')
      .option(
        '--alarm-email <address>',
        'in an account: where pages go from now on; unless given, where they went before',
        mailAddress,
      )
      .option('--no-alarm-email', 'in an account: let pages go nowhere any more')
      .option('--replace-data', 'in an account: let it replace or delete tables and whatever else holds data')
      .option('--orphan-sagas', 'in an account: take the definition away from sagas that still run'),
    async (invocation) => {
      const settings = readSettings(invocation.options)
      if (settings.backend === 'aws') return deployStage(settings, invocation)
      refuseAccountWords(invocation.options)
      return deployLocally(settings, invocation)
    },
  )

const mailAddress = (word: string): string => {
  if (/^[^@\s]+@[^@\s]+$/.test(word)) return word
  throw new InvalidArgumentError(`'${word}' is not a mail address; '--no-alarm-email' takes one away.`)
}

const deployStage = async (settings: Settings, { options, out }: Invocation<DeployWords>) => {
  const [{ deployToAccount }, { accountPorts }] = await Promise.all([
    import('../account/deploy.ts'),
    import('../account/ports.ts'),
  ])
  const { ordersPerDay = 1_000, dryRun = false, yes = false, unwatched, alarmEmail } = options
  const { replaceData = false, orphanSagas = false } = options
  const { document, human } = await deployToAccount(
    {
      stage: settings.stage,
      region: settings.region,
      ordersPerDay,
      dryRun,
      yes,
      replaceData,
      orphanSagas,
      ...(alarmEmail === undefined ? {} : { alarmEmail }),
    },
    accountPorts(settings, unwatched ? { rollout: 'unwatched' } : {}),
    out,
  )
  out.result(document, () => human)
}

const deployLocally = async (settings: Settings, { options, out }: Invocation<object>) => {
  const [{ loadBackend }, { planUp }, { runPlan }, { openSystem, startIt }] = await Promise.all([
    import('../../local/backend.ts'),
    import('../../local/up.ts'),
    import('../steps.ts'),
    import('../system.ts'),
  ])
  const { healthy, because } = await (await loadBackend(settings.backend)).find(settings)
  if (!healthy) throw new Failure(because ?? 'the local cloud does not answer', { remedy: startIt(settings.stage) })
  const { plan, raised } = planUp(settings)
  await runPlan(plan, out)
  const { deployed } = raised()
  const { apiUrl } = await openSystem(options)
  out.result({ api: apiUrl, deployed }, () =>
    deployed.length > 0 ? `deployed: ${deployed.join(', ')}` : 'nothing changed',
  )
}

/** A word that would be ignored is refused: who asked for a dry run must not get a deployment. */
const refuseAccountWords = (words: DeployWords) => {
  const given = Object.entries({
    '--orders-per-day': words.ordersPerDay,
    '--dry-run': words.dryRun,
    '--yes': words.yes,
    '--unwatched': words.unwatched,
    [words.alarmEmail === false ? '--no-alarm-email' : '--alarm-email']: words.alarmEmail,
    '--replace-data': words.replaceData,
    '--orphan-sagas': words.orphanSagas,
  }).find(([, value]) => value !== undefined)
  if (given)
    throw new Failure(`${given[0]} is about an account`, {
      exitCode: exitCodes.usage,
      remedy: `add '--cloud aws --stage dev', or leave ${given[0]} out`,
    })
}
