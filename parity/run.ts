import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions } from '../infra/constructs/bundle.ts'
import type { ClientConfig } from '../local/client.ts'
import { zip } from '../local/zip.ts'
import type { Check } from './check.ts'
import { Difference } from './difference.ts'
import { createStack, openLab, type Roles } from './lab.ts'
import type { Outcome } from './results.ts'

/** What all checks share: the code of their probes, and the roles under which these run. */
export type Fixtures = { roles: Roles; probe: Uint8Array }

export const makeFixtures = async (config: ClientConfig): Promise<Fixtures> => ({
  roles: await makeRoles(config),
  probe: await bundleProbe(),
})

const bundleProbe = async (): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: { 'probe/index': join(import.meta.dirname, 'probe.handler.ts') },
    outdir: 'bundles',
    write: false,
  })
  return zip({ 'index.mjs': outputFiles[0]!.contents })
}

const makeRoles = async (config: ClientConfig): Promise<Roles> => {
  const principals = ['lambda.amazonaws.com', 'events.amazonaws.com', 'scheduler.amazonaws.com']
  const role = (...actions: string[]) => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: principals }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        {
          PolicyName: 'rights',
          PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] },
        },
      ],
    },
  })
  const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })
  const { All, None } = await createStack(
    config,
    'parity-roles',
    { All: role('*'), None: role('logs:*') },
    { All: arn('All'), None: arn('None') },
  )
  return { all: All!, none: None! }
}

/** How long one check may take in all. The longest waits for a schedule to fire twice. */
const patience = 240_000

/**
 * Runs one check in a lab of its own. Whatever it throws is a difference: an endpoint that answers with an error does
 * not do what AWS does. One that differs is tried a second time, since a busy machine is no difference.
 */
export const runCheck = async (check: Check, config: ClientConfig, fixtures: Fixtures): Promise<Outcome> => {
  const first = await attempt(check, config, fixtures)
  return first.holds ? first : await attempt(check, config, fixtures)
}

const attempt = async (check: Check, config: ClientConfig, fixtures: Fixtures): Promise<Outcome> => {
  const { lab, close } = openLab(config, fixtures)
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Difference(`nothing is seen within ${patience / 1_000} s`)), patience)
    })
    await Promise.race([check.run(lab), late])
    return { holds: true }
  } catch (error) {
    if (error instanceof Difference) return { holds: false, seen: error.message }
    return { holds: false, seen: `a call fails (${error instanceof Error ? error.name : String(error)})` }
  } finally {
    clearTimeout(timer)
    await close()
  }
}
