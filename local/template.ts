/** A CloudFormation template, as far as this room reads it. */
export type Template = {
  Resources: Record<string, Resource>
  Outputs?: Record<string, { Value: unknown; Description?: string; Export?: unknown }>
  [section: string]: unknown
}

export type Resource = {
  Type: string
  Properties?: Record<string, unknown>
  DependsOn?: string | string[]
  Metadata?: Record<string, unknown>
  [attribute: string]: unknown
}

/** The logical ids that a value refers to, by `Ref`, `Fn::GetAtt` or inside `Fn::Sub`. */
export const referencesIn = (value: unknown): Set<string> => {
  const found = new Set<string>()
  visit(value, (node) => {
    if (typeof node.Ref === 'string') found.add(node.Ref)
    const attribute = node['Fn::GetAtt']
    if (Array.isArray(attribute)) found.add(String(attribute[0]))
    else if (typeof attribute === 'string') found.add(attribute.split('.')[0]!)
    const substitution = node['Fn::Sub']
    const text = Array.isArray(substitution) ? substitution[0] : substitution
    if (typeof text === 'string')
      for (const [, id] of text.matchAll(/\$\{([A-Za-z0-9]+)(?:\.[^}]+)?\}/g)) found.add(id!)
  })
  return found
}

/**
 * The same value with every object replaced by what `change` makes of it, from the leaves up.
 *
 * Values that did not change keep their identity, so that `mapped !== value` tells whether anything did.
 */
export const mapObjects = (value: unknown, change: (node: Record<string, unknown>) => unknown): unknown => {
  if (Array.isArray(value)) {
    const mapped = value.map((item) => mapObjects(item, change))
    return mapped.some((item, index) => item !== value[index]) ? mapped : value
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, item]) => [key, mapObjects(item, change)] as const)
  const same = entries.every(([key, item]) => item === value[key])
  return change(same ? value : Object.fromEntries(entries))
}

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const visit = (value: unknown, see: (node: Record<string, unknown>) => void): void => {
  if (Array.isArray(value)) for (const item of value) visit(item, see)
  else if (isObject(value)) {
    see(value)
    for (const item of Object.values(value)) visit(item, see)
  }
}
