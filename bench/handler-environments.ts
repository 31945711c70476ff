import type { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { committedContext, neverstop, newApp } from '../infra/app.ts'
import type { Bundles } from '../infra/constructs/bundle.ts'
import { ServiceFunction } from '../infra/constructs/service-function.ts'
import { stackOf } from '../infra/constructs/service-stack.ts'
import { allOf } from '../infra/constructs/tree.ts'

export type Environment = Readonly<Record<string, string>>

/**
 * What each handler finds in its environment on the stage `local`, so that it can be loaded without a cloud. Where an
 * account would fill a name in, one is made up.
 *
 * @example
 * environmentsOf(bundle(folder)).get('payments-commands')!.STAGE // 'local'
 */
export const environmentsOf = (bundles: Bundles): ReadonlyMap<string, Environment> => {
  const app = neverstop(newApp({ context: { ...committedContext(), stage: 'local' } }), bundles)
  return new Map(
    allOf(app, ServiceFunction).map((fn) => {
      const { environment } = fn.lambda.node.defaultChild as CfnFunction
      const { variables } = stackOf(fn).resolve(environment) as { variables: Record<string, unknown> }
      const filled = Object.entries(variables).map(([name, value]) => [name, filledIn(value)])
      return [fn.handler, Object.fromEntries(filled) as Environment]
    }),
  )
}

/** A value of a template as text, with `made-up` for what CloudFormation knows alone. */
export const filledIn = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value)
  const { Ref, 'Fn::Join': joined } = value as { Ref?: string; 'Fn::Join'?: [separator: string, parts: unknown[]] }
  if (joined) return joined[1].map(filledIn).join(joined[0])
  return Ref === 'AWS::Region' ? 'eu-central-1' : 'made-up'
}
