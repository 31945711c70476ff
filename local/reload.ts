import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from './adapter.ts'
import { createBundler } from './bundler.ts'
import type { ClientConfig } from './client.ts'
import { functionsByHandler, replaceCode } from './code.ts'
import { Failure } from './failure.ts'
import { checkout } from './settings.ts'
import { watchTree } from './watch.ts'

/** What a save asks for. Contracts and saga definitions are read by `infra/` too: rules, queues and rights follow them. */
export type Consequence = { code: boolean; stacks: boolean }

const watched = ['functions', 'sagas', 'events', 'reactive', 'infra'] as const

/** What follows from changed files, given as paths in the checkout. Pure. */
export const consequenceOf = (paths: readonly string[]): Consequence => {
  const rooms = new Set(paths.filter((path) => /\.(ts|json)$/.test(path)).map((path) => path.split('/')[0]))
  return {
    code: ['functions', 'sagas', 'events', 'reactive'].some((room) => rooms.has(room)),
    stacks: ['infra', 'sagas', 'events'].some((room) => rooms.has(room)),
  }
}

/**
 * Watches the sources and brings every save to the running stage: changed bundles straight to their functions, changed
 * stacks through the CDK. One line is said for each. What does not build is said and waited for.
 *
 * `live` is told which handlers run other code than was deployed, before they do.
 */
export const watchSources = async ({
  config,
  stage,
  redeploy,
  live,
  say,
  root = checkout,
}: {
  config: ClientConfig
  stage: string
  redeploy: () => Promise<readonly string[]>
  live: (handlers: readonly string[]) => Promise<void>
  say: Progress
  root?: string
}): Promise<{ close: () => Promise<void> }> => {
  const bundler = createBundler()
  let functions = await functionsByHandler(config, stage)
  await bundler.rebuild([])

  const pending = new Map<string, number>()
  let working: Promise<void> | undefined
  let closed = false

  const work = async () => {
    while (pending.size > 0 && !closed) {
      // An editor saves in several steps, and a formatter saves after it.
      await sleep(30)
      const saved = Math.min(...pending.values())
      const paths = [...pending.keys()]
      const { code, stacks } = consequenceOf(paths)
      pending.clear()
      try {
        if (code) await reloadCode(paths, saved)
        if (stacks) await reloadStacks(saved)
      } catch (error) {
        const remedy = error instanceof Failure && error.remedy ? `\n${error.remedy}` : ''
        say(`not reloaded: ${error instanceof Error ? error.message : error}${remedy}`)
      }
    }
  }

  const reloadCode = async (paths: readonly string[], saved: number) => {
    const outcome = await bundler.rebuild(paths)
    if ('problems' in outcome) {
      for (const problem of outcome.problems) say(`does not build: ${problem}`)
      return
    }
    const { changed } = outcome
    const known = [...changed].filter(([handler]) => functions.has(handler))
    await live(known.map(([handler]) => handler))
    await Promise.all(known.map(([handler, bundle]) => replaceCode(config, functions.get(handler)!, bundle)))
    const unknown = [...changed.keys()].filter((handler) => !functions.has(handler))
    if (known.length > 0) say(`reloaded ${summary(known.map(([handler]) => handler))} (${since(saved)} s)`)
    else if (changed.size === 0) say(`no function changed (${since(saved)} s)`)
    if (unknown.length > 0) say(`no stack has ${summary(unknown)} yet: add it in infra/`)
  }

  const reloadStacks = async (saved: number) => {
    const deployed = await redeploy()
    functions = await functionsByHandler(config, stage)
    say(`${deployed.length === 0 ? 'no stack changed' : `deployed ${summary(deployed)}`} (${since(saved)} s)`)
  }

  const watches = watched
    .filter((room) => existsSync(join(root, room)))
    .map((room) =>
      watchTree(join(root, room), (file) => {
        const path = `${room}/${file}`
        if (closed || pending.has(path)) return
        pending.set(path, performance.now())
        working ??= work().finally(() => {
          working = undefined
        })
      }),
    )

  return {
    close: async () => {
      closed = true
      for (const watch of watches) watch.close()
      await working
    },
  }
}

const since = (begun: number) => ((performance.now() - begun) / 1000).toFixed(2)

const summary = (names: readonly string[]) =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
