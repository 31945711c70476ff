/** A JSON Schema as far as contracts use it. */
export type Schema = {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly [keyword: string]: unknown
}

/**
 * What a changed schema breaks for those who still speak the old one, in words; empty when the change is additive.
 *
 * Additive is a new optional field, or that what is not known is kept from now on; nothing else: messages of the old shape
 * are still stored and under way, so a field that becomes required, goes, or means something else needs a new version with
 * an upcaster.
 *
 * @example
 * breaks({ properties: { a: { type: 'string' } } }, { properties: {} }) // ['a is gone']
 */
export const breaks = (released: Schema, current: Schema, path = ''): string[] => {
  const at = (field: string) => (path ? `${path}.${field}` : field)
  const fields = Object.entries(released.properties ?? {}).flatMap(([field, schema]) => {
    const now = current.properties?.[field]
    return now ? breaks(schema, now, at(field)) : [`${at(field)} is gone`]
  })
  const required = (current.required ?? [])
    .filter((field) => !released.required?.includes(field))
    .map((field) => `${at(field)} became required`)
  const optional = (released.required ?? [])
    .filter((field) => current.properties?.[field] && !current.required?.includes(field))
    .map((field) => `${at(field)} became optional`)
  const items = released.items
    ? current.items
      ? breaks(released.items, current.items, `${path}[]`)
      : [`${path}[] is gone`]
    : []
  return [...fields, ...required, ...optional, ...items, ...meaning(released, current, path || 'it')]
}

const structural = ['properties', 'required', 'items', '$schema', 'description', 'title']

const meaning = (released: Schema, current: Schema, path: string): string[] => {
  const keywords = [...new Set([...Object.keys(released), ...Object.keys(current)])].filter(
    (word) => !structural.includes(word),
  )
  return keywords
    .filter((word) => JSON.stringify(released[word]) !== JSON.stringify(current[word]))
    .filter((word) => !(word === 'additionalProperties' && released[word] === false))
    .map((word) => `${path}: ${word} was ${JSON.stringify(released[word])} and is ${JSON.stringify(current[word])}`)
}
