import { estimate } from '../../infra/prices/estimate.ts'
import { pricedRegion, type Usage } from '../../infra/prices/prices.ts'
import { Failure } from '../../local/failure.ts'
import type { Output } from '../output.ts'
import type { Assembly } from './assembly.ts'
import type { Cdk } from './cdk.ts'
import { type Ask, confirm } from './confirm.ts'
import { describeEstimate, describeResources } from './describe.ts'
import type { Account } from './look.ts'

export type DeployOptions = {
  readonly stage: string
  readonly region: string
  readonly ordersPerDay: number
  /** Show what would be done and what it would cost, and stop. */
  readonly dryRun: boolean
  /** Somebody agreed before. */
  readonly yes: boolean
}

/** What a deployment needs of the world. */
export type AccountPorts = {
  readonly account: () => Promise<Account>
  readonly assemble: () => Promise<Assembly>
  readonly cdk: Cdk
  readonly ask: Ask
  /** What one order uses, counted; undefined where nobody has counted yet. */
  readonly perOrder: () => Promise<Usage | undefined>
}

/**
 * Deploys a stage to an account: shows how it differs from what is there and what it will cost, asks, and deploys. A dry
 * run stops before the question, and does without an account: it then shows what there would be.
 *
 * @returns whether anything was deployed.
 * @throws Failure without credentials, when nobody agrees, or with the CDK's own words when it fails.
 */
export const deployToAccount = async (
  { stage, region, ordersPerDay, dryRun, yes }: DeployOptions,
  { account, assemble, cdk, ask, perOrder }: AccountPorts,
  out: Output,
): Promise<{ readonly deployed: boolean; readonly document: object; readonly human: string }> => {
  const usage = await perOrder()
  const reached = await account().catch((error: unknown) => {
    if (dryRun && error instanceof Failure) return error
    throw error
  })
  const assembly = await assemble()
  const { templates, folder } = assembly
  const cost = estimate(Object.values(templates), {
    region: pricedRegion(region),
    ordersPerDay,
    ...(usage ? { perOrder: usage } : {}),
  })
  const app = ['--app', folder]
  const resources = Object.fromEntries(
    Object.entries(templates).map(([stack, { Resources }]) => [stack, Object.keys(Resources).length]),
  )
  const shown: string[] = []
  if (reached instanceof Failure) {
    shown.push(`No account to compare with: ${reached.message}. This is what there would be.`)
    shown.push(describeResources(templates))
  } else {
    out.note(`comparing stage '${stage}' with account ${reached.id} in ${region}`)
    const { code, lines } = await cdk(['diff', ...app], () => undefined)
    if (code !== 0) throw failed('diff', lines)
    shown.push(lines.join('\n'))
  }
  shown.push(describeEstimate(cost))
  if (!usage) shown.push('What an order uses has not been counted, so only what stands idle is estimated.')
  const document = { stage, region, account: reached instanceof Failure ? null : reached.id, resources, estimate: cost }
  if (dryRun || reached instanceof Failure)
    return { deployed: false, document: { ...document, deployed: false }, human: shown.join('\n\n') }

  for (const text of shown) out.note(text)
  await confirm(ask, {
    what: `This deploys stage '${stage}' to account ${reached.id} in ${region}.`,
    word: 'yes',
    already: yes ? 'yes' : undefined,
  })
  const { code, lines } = await cdk(
    ['deploy', ...app, '--all', '--require-approval', 'never', '--progress', 'events', '--concurrency', '3'],
    out.note,
  )
  if (code !== 0) throw failed('deploy', lines)
  return {
    deployed: true,
    document: { ...document, deployed: true },
    human: `stage '${stage}' is deployed to account ${reached.id} in ${region}`,
  }
}

/** The lines of the CDK that name a failure; the last ones when none does. */
export const failed = (verb: string, lines: readonly string[]): Failure => {
  const telling = lines.filter((line) => /fail|error|❌|denied|not authorized|rolled? ?back/i.test(line))
  return new Failure(`cdk ${verb} failed`, {
    remedy: `it said:\n${(telling.length > 0 ? telling : lines).slice(-12).join('\n')}`,
  })
}
