import type { Cloud, Progress } from './adapter.ts'
import { loadBackend } from './backend.ts'
import { bootstrap, type Deployment, deployStage, synthesizeStage } from './deploy.ts'
import { layout } from './layout.ts'
import { withLock } from './lock.ts'
import type { Settings } from './settings.ts'
import { findWatch, startWatch, stopWatch } from './watch/process.ts'

/** A piece of work that a person can watch: `run` reports on the way and resolves to a word on how it ended. */
export type Step = { title: string; run: (progress: Progress) => Promise<string | undefined> }

/** Steps in order; those of an inner list run at the same time. */
export type Plan = readonly (Step | readonly Step[])[]

/**
 * Whether the alarms of the stage are evaluated in the background: not at all, as before (a running watch goes on, over
 * the new templates), or with minutes so many times as fast.
 */
export type WatchChoice = 'out' | 'as before' | { scale: number }

/** What `up` brought about. */
export type Raised = { cloud: Cloud; deployment: Deployment; deployed: string[] }

/**
 * The work of bringing a stage up on a local cloud, as steps, and what it came to once they ran. The cloud starts and
 * is bootstrapped while the templates are synthesized: neither needs the other.
 */
export const planUp = (
  settings: Settings,
  { watch = 'as before' }: { watch?: WatchChoice } = {},
): { plan: Plan; raised: () => Raised } => {
  let cloud: Cloud | undefined
  let outcome: (Deployment & { deployed: string[] }) | undefined
  const { cloudLock, assemblyLock } = layout(settings.state)
  return {
    plan: [
      [
        {
          title: 'local cloud',
          run: async (progress) => {
            const { up } = await loadBackend(settings.backend)
            cloud = await withLock(cloudLock, progress, () => up(settings, progress))
            await withLock(cloudLock, progress, () => bootstrap(settings, cloud!, progress))
            return `${cloud.description}, port ${cloud.port}`
          },
        },
        {
          title: 'templates',
          run: async (progress) => {
            let last: string | undefined
            await withLock(assemblyLock, progress, () =>
              synthesizeStage(settings, (line) => {
                last = line
              }),
            )
            return last
          },
        },
      ],
      {
        title: 'stacks',
        run: async (progress) => {
          outcome = await withLock(cloudLock, progress, () => deployStage(settings, cloud!, progress))
          const { deployed, repairs } = outcome
          return `${deployed.length === 0 ? 'unchanged' : `${deployed.length} deployed`}, ${repairs.length} repairs in force`
        },
      },
      {
        title: 'watch',
        run: async () => {
          if (watch === 'out') return (await stopWatch(settings.state)) ? 'ended' : 'kept out'
          if (!cloud!.capabilities.has('queues-shown'))
            return 'kept out: the cloud evaluates alarms itself, on the metrics that it has'
          const { scale } = watch === 'as before' ? ((await findWatch(settings.state)) ?? { scale: 0 }) : watch
          if (scale === 0) return 'kept out, as before'
          const started = await startWatch({ ...settings, port: cloud!.port }, { hash: outcome!.hash, scale })
          const speed = scale === 1 ? '' : `, a minute lasts ${60 / scale} s`
          const which = cloud!.capabilities.has('alarm-evaluation') ? 'alarms that the cloud does not' : 'alarms'
          return `${started ? `evaluates the ${which}` : 'runs already'}${speed}`
        },
      },
    ],
    raised: () => {
      const { deployed, ...deployment } = outcome!
      return { cloud: cloud!, deployment, deployed }
    },
  }
}
