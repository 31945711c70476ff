import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, type AppProps, AspectPriority, Aspects } from 'aws-cdk-lib'
import { assertConsistency } from './consistency.ts'
import { type Bundles, bundle, root } from './constructs/bundle.ts'
import { regulation } from './constructs/regulation.ts'
import { rollOut } from './constructs/rollout.ts'
import { namesOf } from './names.ts'
import { pathOf } from './path.ts'
import { Physics } from './physics/aspect.ts'
import { newestOf } from './sagas.ts'
import { Backbone } from './stacks/backbone.ts'
import { Edge } from './stacks/edge.ts'
import { Identity } from './stacks/identity.ts'
import { Inventory } from './stacks/inventory.ts'
import { Keys } from './stacks/keys.ts'
import { Notifications } from './stacks/notifications.ts'
import { Observability } from './stacks/observability.ts'
import { Ordering } from './stacks/ordering.ts'
import { Partners } from './stacks/partners.ts'
import { Payments } from './stacks/payments.ts'
import { Recovery } from './stacks/recovery.ts'
import { Sagas } from './stacks/sagas.ts'
import { Shipping } from './stacks/shipping.ts'
import { Support } from './stacks/support.ts'
import { stageFrom } from './stages.ts'

/** The context of `cdk.json`, which the CDK's own command line would add. */
export const committedContext = (): Record<string, unknown> =>
  (JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context

/** An app of the CDK without its picture of the tree, which nobody reads and which takes a tenth of the synthesis. */
export const newApp = (props: AppProps = {}): App => new App({ ...props, treeMetadata: false })

/**
 * Every stack of the stage that the app's context chooses, in the order in which they are deployed.
 *
 * @throws Error when the stage, its timing or its contracts do not hold together, or a handler is missing.
 */
export const neverstop = (app: App, bundles: Bundles) => {
  const stage = stageFrom((option) => app.node.tryGetContext(option))
  const own = { stage, names: namesOf(stage.name), bundles }
  const site = stage.keys === 'of-the-stage' ? { ...own, keyArn: new Keys(app, own).keyArn } : own

  const backbone = new Backbone(app, site)

  const partners = new Partners(app, site)

  const ordering = new Ordering(app, site)
  const inventory = new Inventory(app, site)
  const payments = new Payments(app, site, { acquirer: partners.acquirer, controls: backbone.controls })
  const shipping = new Shipping(app, site, { carriers: partners.carriers, controls: backbone.controls })
  const notifications = new Notifications(app, site, { controls: backbone.controls.use('read') })
  const sagas = new Sagas(app, site)
  const support = new Support(app, site, backbone)
  const services = [partners, ordering, inventory, payments, shipping, notifications, sagas, support]

  const recovery = new Recovery(app, site)

  // New orders are let in by how long they would wait on their way.
  const path = pathOf(newestOf('fulfil-order'))
  regulation(app, { api: ordering.api, path, controls: backbone.controls })

  const issuer = stage.issuer ?? new Identity(app, site).issuer
  const edge = new Edge(app, site, { issuer })

  const observability = new Observability(app, site)

  // They know each other by name, so the order must be said.
  for (const service of services) {
    service.addStackDependency(backbone)
    recovery.addStackDependency(service)
  }
  for (const api of [ordering, inventory, shipping, sagas, recovery]) edge.addStackDependency(api)
  for (const watched of [recovery, edge]) observability.addStackDependency(watched)

  rollOut(app)
  assertConsistency(app, stage)
  Aspects.of(app).add(new Physics(), { priority: AspectPriority.READONLY })
  return app
}

if (import.meta.main) {
  try {
    const app = newApp()
    neverstop(app, bundle(join(app.outdir, 'handlers'))).synth()
  } catch (error) {
    // What is wrong, then where in this room; the frames of the CDK and of Node help nobody.
    const { message, stack = '' } = error as Error
    const frames = stack.split('\n').filter((line) => line.includes('/infra/'))
    console.error([message, ...frames].join('\n'))
    process.exitCode = 1
  }
}
