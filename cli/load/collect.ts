import { setTimeout as wait } from 'node:timers/promises'
import { readStacks } from '../../local/assembly.ts'
import { layout } from '../../local/layout.ts'
import { alarmsIn } from '../../local/watch/alarms.ts'
import { collector } from '../../local/watch/collect.ts'
import type { Sample } from '../../local/watch/store.ts'
import { subjectsOf } from '../../local/watch/subjects.ts'
import type { System } from '../system.ts'

/** What a function needs until its last line is in the log. Milliseconds. */
const pause = 3_000

/**
 * Collects a stage's metrics from now on, with the collector of the watch itself; each look tells of all since the
 * beginning.
 *
 * @throws Error when nothing was synthesized into the system's state folder.
 */
export const metricsFromNow = async ({ clientConfig, stage, state }: System) => {
  const stacks = await readStacks(layout(state).assembly)
  const { collect, close } = collector({
    config: clientConfig,
    stage,
    // Only what functions say is looked at here: queues and throttles are nobody's count.
    subjects: { ...subjectsOf(stacks, alarmsIn(stacks)), queues: [], throttled: [] },
    peek: async () => new Map(),
    since: Date.now(),
  })
  const samples: Sample[] = []
  return {
    look: async (): Promise<readonly Sample[]> => {
      await wait(pause)
      samples.push(...(await collect()))
      return [...samples]
    },
    close,
  }
}
