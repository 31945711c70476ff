import type { Command } from 'commander'
import { lackedBy } from '../../local/capabilities.ts'
import { exitCodes } from '../../local/failure.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'
import { table } from '../table.ts'

export const registerStatus = (program: Command): Command =>
  action(
    addCommand(program, 'status', 'show what runs, where, and how it differs from an account'),
    async ({ options, out }) => {
      const [{ loadBackend }, { rulesFor }, { repairs }, { readDeployment }, { findApiUrl, listStacks }] =
        await Promise.all([
          import('../../local/backend.ts'),
          import('../../local/rules.ts'),
          import('../../local/repairs.ts'),
          import('../../local/deploy.ts'),
          import('../system.ts'),
        ])
      const settings = readSettings(options)
      const adapter = await loadBackend(settings.backend)
      const cloud = await adapter.find(settings)
      const { backend, description, port, healthy, because, capabilities } = cloud
      const found = healthy ? await listStacks(cloud, settings.stage) : []
      const deployment = await readDeployment(settings.state)
      const reasons = [...rulesFor(cloud), ...repairs]
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
        api: findApiUrl(found) ?? null,
        stacks: found.map(({ StackName: name, StackStatus: status }) => ({ name, status })),
        repairs: (deployment?.repairs ?? []).map((entry) => withReason(entry.repair, entry)),
        changes: (deployment?.changes ?? []).map((entry) => withReason(entry.rule, entry)),
      }
      out.result(status, () => describe(status))
      return healthy && status.api ? exitCodes.ok : exitCodes.refused
    },
  )

type Status = {
  description: string
  port: number
  because?: string
  lacks: readonly string[]
  api: string | null
  stacks: { name?: string; status?: string }[]
  repairs: { repair: string; because?: string; resource: string }[]
  changes: { rule: string; because?: string; target: string }[]
}

const describe = ({ description, port, because, lacks, api, stacks, repairs, changes }: Status): string => {
  const rows = stacks.map(({ name = '', status = '' }) => [name, status])
  return [
    `${description} on port ${port}: ${because ?? 'healthy'}`,
    `API: ${api ?? 'not deployed'}`,
    ...(rows.length > 0 ? [table(['stack', 'status'], rows)] : []),
    ...grouped(
      'Left out or changed for this backend',
      changes.map(({ rule, because, target }) => ({ name: rule, because, target })),
    ),
    ...grouped(
      'Put in after the deployment',
      repairs.map(({ repair, because, resource }) => ({ name: repair, because, target: resource })),
    ),
    ...(lacks.length > 0 ? ['Of an account, this cloud does not show that', ...lacks.map((what) => `  ${what}`)] : []),
  ].join('\n')
}

const grouped = (title: string, entries: { name: string; because?: string; target: string }[]): string[] => {
  const groups = Map.groupBy(entries, ({ name }) => name)
  if (groups.size === 0) return []
  return [
    `${title}:`,
    ...[...groups].map(([name, members]) => `  ${name} (${members.length}): ${members[0]?.because ?? ''}`),
  ]
}
