import { createHash } from 'node:crypto'
import { sep } from 'node:path'
import { type BuildContext, type BuildFailure, context } from 'esbuild'
import { bundleOptions, entryPoints } from '../infra/constructs/bundle.ts'

/** What a bundling came to: the bundles that differ from the last ones, or why there are none. */
export type Bundling = { changed: Map<string, Uint8Array> } | { problems: string[] }

/**
 * Bundles every handler as a deployment does, again and again: what did not change is not parsed anew.
 *
 * @example
 * const bundler = createBundler()
 * await bundler.rebuild() // all of them the first time, then those that changed
 */
export const createBundler = () => {
  let current: { handlers: string; build: BuildContext } | undefined
  let known = new Map<string, string>()

  const contextFor = async (): Promise<BuildContext> => {
    const handlers = entryPoints()
    const signature = JSON.stringify(handlers)
    if (current?.handlers === signature) return current.build
    await current?.build.dispose()
    const build = await context({
      ...bundleOptions,
      sourcemap: false,
      entryPoints: Object.fromEntries(Object.entries(handlers).map(([name, file]) => [`${name}/index`, file])),
      outdir: 'bundles',
      write: false,
    })
    current = { handlers: signature, build }
    return build
  }

  return {
    rebuild: async (): Promise<Bundling> => {
      try {
        const { outputFiles = [] } = await (await contextFor()).rebuild()
        const bundles = outputFiles.map(({ path, contents }) => ({
          handler: path.split(sep).at(-2)!,
          contents,
          hash: createHash('sha256').update(contents).digest('hex'),
        }))
        const changed = bundles.filter(({ handler, hash }) => known.get(handler) !== hash)
        known = new Map(bundles.map(({ handler, hash }) => [handler, hash]))
        return { changed: new Map(changed.map(({ handler, contents }) => [handler, contents])) }
      } catch (error) {
        const { errors } = error as BuildFailure
        if (!Array.isArray(errors)) throw error
        return { problems: errors.map(describeProblem) }
      }
    },
    close: async (): Promise<void> => {
      await current?.build.dispose()
      current = undefined
    },
  }
}

const describeProblem = ({ text, location }: BuildFailure['errors'][number]): string =>
  location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text
