import { globSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, buildSync } from 'esbuild'

/** The checkout's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Handler name → folder that holds its `index.mjs`. */
export type Bundles = ReadonlyMap<string, string>

const patterns = ['functions/*/*.handler.ts', 'sagas/{engine,operators}/*.handler.ts']

/**
 * Every handler of the platform by the name of its function: `functions/payments/commands.handler.ts` is
 * `payments-commands`, `sagas/engine/sweeper.handler.ts` is `saga-sweeper`, and so
 * are those of `sagas/operators`. Paths are relative to the checkout.
 *
 * @example
 * entryPoints()['payments-commands'] // 'functions/payments/commands.handler.ts'
 */
export const entryPoints = (folder = root): Record<string, string> =>
  Object.fromEntries(
    globSync(patterns, { cwd: folder })
      .map((file) => file.replaceAll('\\', '/'))
      .sort()
      .map((file) => [handlerName(file), file]),
  )

const handlerName = (file: string) => {
  const context = file.startsWith('sagas/') ? 'saga' : basename(dirname(file))
  return `${context}-${basename(file, '.handler.ts')}`
}

/**
 * Sources of credentials that a function never asks, since Lambda puts its own into the environment. The SDK imports each
 * only when it is asked; left out, they save 115 KB a handler.
 */
const unusedCredentials = ['ini', 'login', 'process', 'sso', 'web-identity'].map(
  (source) => `@aws-sdk/credential-provider-${source}`,
)

/**
 * How handlers are bundled, wherever that happens: one ES module each, SDK included, since the runtime's own is older
 * than ours and slower to load. `main` fields put ES modules first: esbuild drops what is unused only from those.
 * The output depends on nothing but the sources.
 */
export const bundleOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  mainFields: ['module', 'main'],
  conditions: ['module'],
  external: unusedCredentials,
  alias: { 'node:http': join(root, 'infra/constructs/node-http.cjs') },
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  // CommonJS dependencies ask for `require` at run time, which an ES module does not have.
  banner: { js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);" },
  logLevel: 'silent',
} satisfies BuildOptions

/**
 * Bundles every handler in one run, so that what they share is parsed once, into `<folder>/<handler>/index.mjs`. Source
 * maps would take a third of the time; `./neverstop locate` makes the one that somebody needs.
 *
 * @throws Error with esbuild's own list of problems when a handler does not build.
 */
export const bundle = (folder: string, handlers = entryPoints()): Bundles => {
  // esbuild writes them itself: 17 MB handed over in memory would take longer.
  buildSync({
    ...bundleOptions,
    entryPoints: Object.fromEntries(Object.entries(handlers).map(([name, file]) => [`${name}/index`, file])),
    outdir: folder,
  })
  return new Map(Object.keys(handlers).map((name) => [name, join(folder, name)]))
}
