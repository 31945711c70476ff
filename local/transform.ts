import { Failure } from './failure.ts'
import { isObject, mapObjects, type Resource, referencesIn, type Template } from './template.ts'

/** One thing that the local deployment does otherwise than the synthesized template says. */
export type Change = { stack: string; rule: string; target: string }

/**
 * A rule that adapts a template to a backend. Pure: it returns a new template and the ids of what it touched.
 * `because` is what a person is told when they ask why the local stack differs.
 */
export type Rule = {
  name: string
  because: string
  apply: (template: Template) => { template: Template; targets: string[] }
}

/**
 * A template adapted by rules, one after the other, and a record of every change.
 *
 * @example
 * adapt('neverstop-local-payments', template, [leaveOut({ name: 'composite alarms', … })])
 * // { template: { … }, changes: [{ stack: 'neverstop-local-payments', rule: 'composite alarms', target: 'Page' }] }
 */
export const adapt = (
  stack: string,
  template: Template,
  rules: readonly Rule[],
): { template: Template; changes: Change[] } =>
  rules.reduce<{ template: Template; changes: Change[] }>(
    (done, rule) => {
      const { template: next, targets } = rule.apply(done.template)
      return {
        template: next,
        changes: [...done.changes, ...targets.map((target) => ({ stack, rule: rule.name, target }))],
      }
    },
    { template, changes: [] },
  )

/**
 * A rule that leaves out the resources that match, with the outputs that show them and the orders of creation that
 * wait for them. Its targets are all that is otherwise: what goes, and what waited for it.
 *
 * @throws Failure, when applied, if a resource that stays refers to one that goes: then the template would be refused
 * with a message that names neither.
 */
export const leaveOut = ({
  name,
  because,
  matches,
}: {
  name: string
  because: string
  matches: (resource: Resource) => boolean
}): Rule => ({
  name,
  because,
  apply: (template) => {
    const gone = new Set(Object.keys(template.Resources).filter((id) => matches(template.Resources[id]!)))
    if (gone.size === 0) return { template, targets: [] }
    const refers = (value: unknown) => [...referencesIn(value)].find((id) => gone.has(id))
    const resources = Object.entries(template.Resources)
      .filter(([id]) => !gone.has(id))
      .map(([id, resource]) => {
        const missing = refers(resource.Properties)
        if (missing) {
          throw new Failure(`the rule '${name}' leaves out ${missing}, but ${id} (${resource.Type}) refers to it`, {
            remedy: 'teach the rule in local/ what to do with that reference',
          })
        }
        return [id, withoutDependencies(resource, gone)] as const
      })
    const loosened = resources.filter(([id, resource]) => resource !== template.Resources[id])
    const outputs = Object.entries(template.Outputs ?? {})
    const hidden = outputs.filter(([, { Value }]) => refers(Value) !== undefined)
    return {
      template: {
        ...template,
        Resources: Object.fromEntries(resources),
        ...(template.Outputs && { Outputs: Object.fromEntries(outputs.filter((output) => !hidden.includes(output))) }),
      },
      targets: [...gone, ...[...loosened, ...hidden].map(([id]) => id)],
    }
  },
})

/**
 * A rule that changes the resources of one type; `change` returns undefined for those that stay as they are. `becomes` is
 * another type for those that change.
 */
export const changeEach = ({
  name,
  because,
  type,
  becomes = type,
  change,
}: {
  name: string
  because: string
  type: string
  becomes?: string
  change: (properties: Record<string, unknown>) => Record<string, unknown> | undefined
}): Rule => ({
  name,
  because,
  apply: (template) => {
    const targets: string[] = []
    const resources = Object.entries(template.Resources).map(([id, resource]) => {
      const changed = resource.Type === type ? change(resource.Properties ?? {}) : undefined
      if (!changed) return [id, resource] as const
      targets.push(id)
      return [id, { ...resource, Type: becomes, Properties: changed }] as const
    })
    return targets.length === 0
      ? { template, targets }
      : { template: { ...template, Resources: Object.fromEntries(resources) }, targets }
  },
})

/**
 * A rule that gives services the address under which a backend serves them, wherever a template joins one together:
 *
 * - a REST API's `https://<api>.execute-api.<region>.<suffix>/<stage>/…` becomes `<apis>/<api>/<stage>/…`,
 * - a queue's `https://sqs.<region>.<suffix>/<account>/<name>` becomes `<queues>/<account>/<name>`.
 */
export const addressBy = ({
  name,
  because,
  ...bases
}: {
  name: string
  because: string
} & Bases): Rule => ({
  name,
  because,
  apply: (template) => {
    const targets: string[] = []
    const readdress = <T>(section: Record<string, T> | undefined): Record<string, T> | undefined =>
      section &&
      Object.fromEntries(
        Object.entries(section).map(([id, entry]) => {
          const changed = mapObjects(entry, (node) => localAddress(node, bases)) as T
          if (changed !== entry) targets.push(id)
          return [id, changed]
        }),
      )
    const resources = readdress(template.Resources)!
    const outputs = readdress(template.Outputs)
    return { template: { ...template, Resources: resources, ...(outputs && { Outputs: outputs }) }, targets }
  },
})

type Bases = { apis: string; queues: string }

/**
 * A join with every address in it changed. Its parts read ['https://', <api>, '.execute-api.', …, 'amazonaws.com/', …]
 * or ['https://sqs.', <region>, …, '/', …]: what follows up to the first slash is the rest of the host.
 */
const localAddress = (node: Record<string, unknown>, bases: Bases): unknown => {
  const join = node['Fn::Join']
  if (!Array.isArray(join) || join[0] !== '' || !Array.isArray(join[1])) return node
  const parts: unknown[] = join[1]
  const at = parts.findIndex((_, index) => isApi(parts, index) || isQueue(parts, index))
  if (at < 0) return node
  const [scheme, base, kept] = isApi(parts, at)
    ? ['https://', `${bases.apis}/`, [parts[at + 1]]]
    : ['https://sqs.', bases.queues, []]
  const slash = parts.findIndex(
    (part, index) => index > at + kept.length && typeof part === 'string' && part.includes('/'),
  )
  const path = slash < 0 ? [] : [(parts[slash] as string).replace(/^[^/]*/, ''), ...parts.slice(slash + 1)]
  const before = `${(parts[at] as string).slice(0, -scheme.length)}${base}`
  return localAddress({ 'Fn::Join': ['', [...parts.slice(0, at), before, ...kept, ...path]] }, bases)
}

const isApi = (parts: readonly unknown[], at: number) =>
  endsWith(parts[at], 'https://') && isObject(parts[at + 1]) && startsWith(parts[at + 2], '.execute-api.')

const isQueue = (parts: readonly unknown[], at: number) =>
  endsWith(parts[at], 'https://sqs.') && isObject(parts[at + 1])

const endsWith = (value: unknown, text: string) => typeof value === 'string' && value.endsWith(text)

const startsWith = (value: unknown, text: string) => typeof value === 'string' && value.startsWith(text)

const withoutDependencies = (resource: Resource, gone: ReadonlySet<string>): Resource => {
  const before = [resource.DependsOn ?? []].flat()
  const after = before.filter((id) => !gone.has(id))
  if (after.length === before.length) return resource
  const { DependsOn: _, ...rest } = resource
  return after.length === 0 ? rest : { ...rest, DependsOn: after }
}
