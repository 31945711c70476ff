import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { inject } from 'vitest'
import { neverstop } from '../../../infra/app.ts'
import type { Bundles } from '../../../infra/constructs/bundle.ts'
import { ServiceStack } from '../../../infra/constructs/service-stack.ts'
import { namesOf } from '../../../infra/names.ts'
import { stageFrom } from '../../../infra/stages.ts'
import { contexts, flags } from './contexts.ts'

/** The handlers that were bundled once for the whole run. */
export const bundles = (): Bundles => {
  const { handlers } = inject('infra')
  return new Map(
    readdirSync(handlers)
      .filter((name) => existsSync(join(handlers, name, 'index.mjs')))
      .map((name) => [name, join(handlers, name)]),
  )
}

/** The construct tree of a stage, for what a template does not show. */
export const treeOf = (stage: keyof typeof contexts, more: Readonly<Record<string, string>> = {}): App =>
  neverstop(new App({ context: { ...flags, ...contexts[stage], ...more } }), bundles())

/** An empty stack to try a construct in. */
export const emptyStack = (owner = 'payments', context: Record<string, string> = { stage: 'local' }) => {
  const stage = stageFrom((option) => context[option])
  const site = { stage, names: namesOf(stage.name), bundles: bundles() }
  return new ServiceStack(
    new App({ context: flags as Record<string, unknown> }),
    owner,
    site,
    'A stack to try things in',
  )
}
