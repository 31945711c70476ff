import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** At this much memory a function has one processor to itself, and less in proportion. */
const oneProcessor = 1_769

/** Microseconds after which a share is dealt out anew. */
const period = 100_000

/**
 * The share of a processor that Lambda gives a function of so much memory, in megabytes. One thread uses no more than one.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (seen on 2026-11-21)
 */
export const shareOf = (memory: number): number => Math.min(1, memory / oneProcessor)

/**
 * Runs something with the words in front of a command that hold the process it starts, threads included, to a share of a
 * processor, as Lambda does it: by a control group. Undefined where this process may make none (it takes Linux and root).
 */
export const withShare = async <T>(share: number, run: (prefix: readonly string[]) => T): Promise<T | undefined> => {
  const quota = Math.round(share * period)
  const group = made(quota)
  if (group === undefined) return undefined
  try {
    return run(['/bin/sh', '-c', 'echo $$ > "$0" && exec "$@"', group.members])
  } finally {
    // What ended a moment ago may still be counted.
    await sleep(20)
    rmdirSync(group.path)
  }
}

const made = (quota: number): { readonly path: string; readonly members: string } | undefined => {
  const unified = existsSync('/sys/fs/cgroup/cgroup.controllers')
  const path = join(unified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/cpu', `neverstop-bench-${process.pid}`)
  try {
    mkdirSync(path)
  } catch {
    return undefined
  }
  try {
    if (unified) writeFileSync(join(path, 'cpu.max'), `${quota} ${period}`)
    else {
      writeFileSync(join(path, 'cpu.cfs_period_us'), String(period))
      writeFileSync(join(path, 'cpu.cfs_quota_us'), String(quota))
    }
    return { path, members: join(path, 'cgroup.procs') }
  } catch {
    rmdirSync(path)
    return undefined
  }
}
