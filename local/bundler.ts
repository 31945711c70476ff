import { createHash } from 'node:crypto'
import { sep } from 'node:path'
import { type BuildFailure, build, type Metafile } from 'esbuild'
import { bundleOptions, entryPoints } from '../infra/constructs/bundle.ts'

/** What a bundling came to: the bundles that differ from the last ones, or why there are none. */
export type Bundling = { changed: Map<string, Uint8Array> } | { problems: string[] }

/**
 * Bundles handlers as a deployment does, again and again, each time only those that a change can reach: linking every
 * handler takes longer than all the rest of a reload.
 *
 * @example
 * const bundler = createBundler()
 * await bundler.rebuild([]) // all of them, the first time
 * await bundler.rebuild(['functions/payments/decide.ts']) // those that import it, if they came out otherwise
 */
export const createBundler = () => {
  const sources = new Map<string, ReadonlySet<string>>()
  const hashes = new Map<string, string>()
  /** Handlers that did not build the last time: what they import is not known. */
  let broken: readonly string[] = []

  return {
    /** `changed` are paths in the checkout, with slashes. */
    rebuild: async (changed: readonly string[]): Promise<Bundling> => {
      const handlers = entryPoints()
      const reached = Object.keys(handlers).filter(
        (name) => broken.includes(name) || !sources.has(name) || changed.some((path) => sources.get(name)!.has(path)),
      )
      if (reached.length === 0) return { changed: new Map() }
      try {
        const { outputFiles, metafile } = await build({
          ...bundleOptions,
          entryPoints: Object.fromEntries(reached.map((name) => [`${name}/index`, handlers[name]!])),
          outdir: 'bundles',
          write: false,
          metafile: true,
        })
        broken = []
        for (const name of reached) sources.set(name, sourcesOf(handlers[name]!, metafile))
        const bundles = outputFiles.map(({ path, contents }) => [path.split(sep).at(-2)!, contents] as const)
        return { changed: new Map(bundles.filter(([name, contents]) => isNew(hashes, name, contents))) }
      } catch (error) {
        const { errors } = error as BuildFailure
        if (!Array.isArray(errors)) throw error
        broken = reached
        return { problems: errors.map(describeProblem) }
      }
    },
  }
}

/** Every source of this checkout that a handler imports, directly or by a detour. */
export const sourcesOf = (entry: string, { inputs }: Pick<Metafile, 'inputs'>): ReadonlySet<string> => {
  const found = new Set<string>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path) || path.startsWith('node_modules/')) continue
    found.add(path)
    open.push(...(inputs[path]?.imports ?? []).map((imported) => imported.path))
  }
  return found
}

const isNew = (hashes: Map<string, string>, name: string, contents: Uint8Array): boolean => {
  const hash = createHash('sha256').update(contents).digest('hex')
  if (hashes.get(name) === hash) return false
  hashes.set(name, hash)
  return true
}

const describeProblem = ({ text, location }: BuildFailure['errors'][number]): string =>
  location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text
