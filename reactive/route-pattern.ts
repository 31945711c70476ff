export type PathPattern = readonly ({ readonly literal: string } | { readonly name: string })[]

/** Reads `/products/{sku}`, the notation of OpenAPI and API Gateway. */
export const pathPattern = (path: string): PathPattern =>
  segments(path).map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    return name ? { name } : { literal: segment }
  })

/** The parameters of a path that has the pattern's shape, percent-decoded; undefined when it has another. */
export const matchPath = (pattern: PathPattern, path: string): Record<string, string> | undefined => {
  const parts = segments(path)
  if (parts.length !== pattern.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const part = decoded(parts[index]!)
    if (part === undefined) return undefined
    if ('name' in expected) params[expected.name] = part
    else if (expected.literal !== part) return undefined
  }
  return params
}

/** One trailing slash does not make another resource. */
const segments = (path: string): string[] => path.replace(/^\//, '').replace(/\/$/, '').split('/')

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
