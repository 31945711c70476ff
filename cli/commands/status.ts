import type { Command } from 'commander'
import { lackedBy } from '../../local/capabilities.ts'
import { exitCodes } from '../../local/failure.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'
import { table } from '../table.ts'

export const registerStatus = (program: Command): Command =>
  action<{ all?: boolean }>(
    addCommand(program, 'status', 'show what runs, where, and how it differs from an account').option(
      '--all',
      'name every resource that is left out, changed or repaired, not just how many',
    ),
    async ({ options, out }) => {
      const [{ loadBackend }, { assemblyRules }, { rulesFor }, { repairs }, { readDeployment }, system] =
        await Promise.all([
          import('../../local/backend.ts'),
          import('../../local/assembly.ts'),
          import('../../local/rules.ts'),
          import('../../local/repairs.ts'),
          import('../../local/deploy.ts'),
          import('../system.ts'),
        ])
      const settings = readSettings(options)
      const adapter = await loadBackend(settings.backend)
      const cloud = await adapter.find(settings)
      const { backend, description, port, healthy, because, capabilities } = cloud
      const found = healthy ? system.ownStacks(await system.listStacks(cloud, settings.stage), settings.stage) : []
      const deployment = await readDeployment(settings.state)
      const reasons = [...rulesFor(cloud), ...assemblyRules, ...repairs]
      const withReason = <T extends object>(name: string, entry: T) => ({
        ...entry,
        because: reasons.find((known) => known.name === name)?.because,
      })
      const status = {
        backend,
        description,
        port,
        healthy,
        because,
        capabilities: [...capabilities],
        lacks: lackedBy(capabilities),
        state: settings.state,
        api: system.findApiUrl(found) ?? null,
        stacks: found.map(({ StackName: name, StackStatus: status }) => ({ name, status })),
        repairs: (deployment?.repairs ?? []).map((entry) => withReason(entry.repair, entry)),
        changes: (deployment?.changes ?? []).map((entry) => withReason(entry.rule, entry)),
      }
      out.result(status, () => describeStatus(status, { all: options.all === true }))
      return healthy && status.api ? exitCodes.ok : exitCodes.refused
    },
  )

type Status = {
  description: string
  port: number
  because?: string
  lacks: readonly string[]
  api: string | null
  stacks: readonly { name?: string; status?: string }[]
  repairs: readonly { repair: string; because?: string; stack: string; resource: string }[]
  changes: readonly { rule: string; because?: string; stack: string; target: string }[]
}

/**
 * The status for a person. Of what differs it tells the rule, its reason and how many resources it concerns; with `all`
 * their names, each under its stack.
 */
export const describeStatus = (
  { description, port, because, lacks, api, stacks, repairs, changes }: Status,
  { all }: { all: boolean },
): string => {
  const rows = stacks.map(({ name = '', status = '' }) => [name, status])
  return [
    `${description} on port ${port}: ${because ?? 'healthy'}`,
    `API: ${api ?? 'not deployed'}`,
    ...(rows.length > 0 ? [table(['stack', 'status'], rows)] : []),
    ...grouped(
      'Left out or changed for this backend',
      changes.map(({ rule, because, stack, target }) => ({ name: rule, because, target: `${stack}/${target}` })),
      all,
    ),
    ...grouped(
      'Put in after the deployment',
      repairs.map(({ repair, because, stack, resource }) => ({
        name: repair,
        because,
        target: `${stack}/${resource}`,
      })),
      all,
    ),
    ...(lacks.length > 0 ? ['Of an account, this cloud does not show that', ...lacks.map((what) => `  ${what}`)] : []),
  ].join('\n')
}

const grouped = (
  title: string,
  entries: readonly { name: string; because?: string; target: string }[],
  all: boolean,
): string[] => {
  const groups = Map.groupBy(entries, ({ name }) => name)
  if (groups.size === 0) return []
  return [
    `${title}${all ? '' : ' (status --all names each)'}:`,
    ...[...groups].flatMap(([name, members]) => [
      `  ${name} (${members.length}): ${members[0]?.because ?? ''}`,
      ...(all ? members.map(({ target }) => `    ${target}`).sort() : []),
    ]),
  ]
}
