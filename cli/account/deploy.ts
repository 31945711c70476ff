import { estimate } from '../../infra/prices/estimate.ts'
import { knownRegion, pricedRegions, type Usage } from '../../infra/prices/prices.ts'
import { Failure } from '../../local/failure.ts'
import { asError } from '../../reactive/errors.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import type { Output } from '../output.ts'
import type { Assembly } from './assembly.ts'
import type { Cdk } from './cdk.ts'
import { type Ask, confirm } from './confirm.ts'
import { describeEstimate, describePages, describeResources } from './describe.ts'
import { strandedBy, type Unfinished } from './drained.ts'
import type { Account } from './look.ts'
import { guarding, yielding } from './protect.ts'

export type DeployOptions = {
  readonly stage: string
  readonly region: string
  readonly ordersPerDay: number
  /** Show what would be done and what it would cost, and stop. */
  readonly dryRun: boolean
  /** Somebody agreed before. */
  readonly yes: boolean
  /** Somebody means to replace or delete what holds data: for once the stacks' policies let that through. */
  readonly replaceData?: boolean
  /** Somebody means to take the definition away from sagas that still run. */
  readonly orphanSagas?: boolean
  /** Where pages go from now on; `false`: nowhere; undefined: where they went before. */
  readonly alarmEmail?: string | false
}

/** What a deployment needs of the world. */
export type AccountPorts = {
  readonly account: () => Promise<Account>
  /** Synthesizes the stage, with more context where it is given. */
  readonly assemble: (more?: Readonly<Record<string, string>>) => Promise<Assembly>
  readonly cdk: Cdk
  readonly ask: Ask
  /** What one order uses, counted; undefined where nobody has counted yet. */
  readonly perOrder: () => Promise<Usage | undefined>
  /** The stacks of the stage that exist. */
  readonly stacks: () => Promise<readonly string[]>
  /** Where pages of the stage as it is go; undefined where they go nowhere, or before it is deployed. */
  readonly alarmEmail: () => Promise<string | undefined>
  /** Puts a policy on a stack: what its updates may touch. */
  readonly guard: (stack: string, policy: string) => Promise<void>
  /** The definitions of sagas that the new code can run. */
  readonly definitions: () => Promise<readonly Definition[]>
  /** The sagas of the stage as it is that have not ended; none before it is deployed. */
  readonly unfinished: () => Promise<Unfinished>
}

/**
 * Deploys a stage to an account: shows how it differs from what is there and what it will cost, asks, and deploys. A dry
 * run stops before the question, and does without an account: it then shows what there would be.
 *
 * What holds data can neither be replaced nor deleted by it, and no saga that still runs loses its definition, unless
 * somebody says that they mean it. Pages go on where they went, and what nobody can price is deployed all the same.
 *
 * @returns whether anything was deployed.
 * @throws Failure without credentials, when sagas would be stranded, when nobody agrees, or with the CDK's own words when it fails.
 */
export const deployToAccount = async (
  { stage, region, ordersPerDay, dryRun, yes, replaceData = false, orphanSagas = false, alarmEmail }: DeployOptions,
  {
    account,
    assemble,
    cdk,
    ask,
    perOrder,
    stacks,
    alarmEmail: pagedAddress,
    guard,
    definitions,
    unfinished,
  }: AccountPorts,
  out: Output,
): Promise<{ readonly deployed: boolean; readonly document: object; readonly human: string }> => {
  const usage = await perOrder()
  const reached = await account().catch((error: unknown) => {
    if (dryRun && error instanceof Failure) return error
    throw error
  })
  const before = reached instanceof Failure ? undefined : await pagedAddress()
  const address = alarmEmail === undefined ? before : alarmEmail || undefined
  const { templates, folder } = await assemble(address === undefined ? {} : { alarmEmail: address })
  const priced = knownRegion(region)
  const cost = priced
    ? estimate(Object.values(templates), { region: priced, ordersPerDay, ...(usage ? { perOrder: usage } : {}) })
    : undefined
  const unpriced = cost ? undefined : `no prices of ${region} are known, so nothing is estimated`
  const app = ['--app', folder]
  const resources = Object.fromEntries(
    Object.entries(templates).map(([stack, { Resources }]) => [stack, Object.keys(Resources).length]),
  )
  /** Stacks of the assembly that exist: another stage may be called alike. */
  const there = async () => (await stacks()).filter((stack) => Object.hasOwn(templates, stack))
  const shown: string[] = []
  if (reached instanceof Failure) {
    shown.push(`No account to compare with: ${reached.message}. This is what there would be.`)
    shown.push(describeResources(templates))
  } else {
    out.note(`comparing stage '${stage}' with account ${reached.id} in ${region}`)
    const exist = await there()
    // Of a stack that is not there the CDK shows every line, and makes one to find out.
    const added = Object.entries(templates).filter(([stack]) => !exist.includes(stack))
    if (exist.length > 0) {
      const { code, lines } = await cdk(['diff', ...app, '--exclusively', ...exist], () => undefined)
      if (code !== 0) throw failed('diff', lines)
      shown.push(differences(lines))
    }
    if (added.length > 0)
      shown.push(
        `${added.length} ${added.length === 1 ? 'stack is' : 'stacks are'} new:\n${describeResources(Object.fromEntries(added))}`,
      )
    const stranded = strandedBy(await definitions(), await unfinished())
    if (stranded && !dryRun && !orphanSagas) throw stranded
    if (stranded) shown.push([stranded.message, ...(dryRun ? [stranded.remedy] : [])].join('\n'))
  }
  // Where pages went is known to the account alone.
  if (!(reached instanceof Failure) || address !== undefined)
    shown.push(describePages({ before, address, given: alarmEmail !== undefined }))
  if (cost) shown.push(describeEstimate(cost))
  else shown.push(`${unpriced} (infra/prices/list.json has ${pricedRegions.join(' and ')})`)
  if (cost && !usage) shown.push('What an order uses has not been counted, so only what stands idle is estimated.')
  const document = {
    stage,
    region,
    account: reached instanceof Failure ? null : reached.id,
    resources,
    alarmEmail: address ?? null,
    estimate: cost ?? null,
  }
  if (dryRun || reached instanceof Failure)
    return { deployed: false, document: { ...document, deployed: false }, human: shown.join('\n\n') }

  for (const text of shown) out.note(text)
  await confirm(ask, {
    what: `This deploys stage '${stage}' to account ${reached.id} in ${region}${unpriced ? `; ${unpriced}` : ''}.`,
    word: 'yes',
    already: yes ? 'yes' : undefined,
  })
  const putOn = async (policy: string) => {
    for (const stack of await there()) await guard(stack, policy)
  }
  await putOn(replaceData ? yielding : guarding)
  const refused = await cdk(
    ['deploy', ...app, '--all', '--require-approval', 'never', '--progress', 'events', '--concurrency', '3'],
    (line) => tells(line) && out.note(line),
  ).then(({ code, lines }) => (code === 0 ? undefined : failed('deploy', lines)), asError)
  // Afterwards again, whatever came of it: there are new stacks, and some were open for once.
  const unguarded = await putOn(guarding).then(() => undefined, asError)
  if (unguarded) throw notGuarded(unguarded, refused)
  if (refused) throw refused
  return {
    deployed: true,
    document: { ...document, deployed: true },
    human: `stage '${stage}' is deployed to account ${reached.id} in ${region}`,
  }
}

/** What holds data is open to the next deployment; and what came of this one must not be hidden by that. */
const notGuarded = (because: Error, refused: Error | undefined): Failure =>
  new Failure(
    `${refused ? `${refused.message}, and ` : 'the stacks are deployed, but '}what they hold is not guarded: ${because.message}`,
    {
      remedy: [
        ...(refused instanceof Failure && refused.remedy ? [refused.remedy] : []),
        'deploy again before anything else: that puts the policies on; a role that deploys needs cloudformation:SetStackPolicy',
      ].join('\n'),
      cause: because,
    },
  )

/** Whether a line of the CDK says more than that it packs and uploads what belongs to a stack, two lines a function. */
const tells = (line: string): boolean => !/(^|: )(start|success): (Building|Built|Publishing|Published) /.test(line)

/** What the CDK says of stacks that would change; how many there are stands at its end. */
const differences = (lines: readonly string[]): string =>
  lines
    .filter((line) => tells(line) && !line.startsWith('Hold on while we create'))
    .join('\n')
    .replace(/^Stack [^\n]+\nThere were no differences\n*/gm, '')
    .trim()

/** The lines of the CDK that name a failure; the last ones when none does. */
export const failed = (verb: string, lines: readonly string[]): Failure => {
  const telling = lines.filter((line) => /fail|error|❌|denied|not authorized|rolled? ?back/i.test(line))
  const guarded = lines.some((line) => /denied by stack policy/i.test(line))
  return new Failure(`cdk ${verb} failed`, {
    remedy: [
      `it said:\n${(telling.length > 0 ? telling : lines).slice(-12).join('\n')}`,
      ...(guarded ? ['what holds data is replaced or deleted only with --replace-data'] : []),
    ].join('\n'),
  })
}
