import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { compileCache } from './compile-cache.ts'
import { Failure } from './failure.ts'
import { readJson, writeJson } from './files.ts'
import { checkout } from './settings.ts'

/** The folders and files whose contents decide what the CDK app synthesizes. */
const inputs = ['infra', 'functions', 'sagas', 'events', 'reactive', 'cdk.json', 'package.json', 'package-lock.json']

/** The CDK context of a synthesis: what a stage may be told from outside. */
export type Context = Record<string, string>

/**
 * A hash of everything that a synthesis reads: the contents of its sources, the lock file, the context, Node's version.
 *
 * @example
 * await inputsHash({ stage: 'local' }) // 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c'
 */
export const inputsHash = async (context: Context, root: string = checkout): Promise<string> => {
  const hash = createHash('sha256')
    .update(process.version)
    .update(JSON.stringify(Object.entries(context).sort()))
  for (const file of (await Promise.all(inputs.map((name) => filesUnder(join(root, name))))).flat().sort()) {
    hash.update(`\0${relative(root, file)}\0`).update(await readFile(file))
  }
  return hash.digest('hex')
}

/**
 * Synthesizes the CDK app into a folder, unless the folder already holds the outcome of the same inputs.
 *
 * The app is run as the CDK's command line runs it: outcome and context are named in the environment. Doing without the
 * command line saves its own start, more than the synthesis takes.
 *
 * @returns the hash of the inputs, and whether the app was run.
 * @throws Failure with the app's own words when it fails.
 */
export const synthesize = async (assembly: string, context: Context): Promise<{ inputs: string; ran: boolean }> => {
  const stamp = join(assembly, '.inputs.json')
  const hash = await inputsHash(context)
  if ((await readJson<{ hash: string }>(stamp))?.hash === hash) return { inputs: hash, ran: false }
  await rm(assembly, { recursive: true, force: true })
  const { context: own = {} } =
    (await readJson<{ context?: Record<string, unknown> }>(join(checkout, 'cdk.json'))) ?? {}
  await runApp({
    NODE_COMPILE_CACHE: compileCache,
    ...process.env,
    CDK_OUTDIR: assembly,
    CDK_CONTEXT_JSON: JSON.stringify({ ...own, ...context, 'aws:cdk:enable-path-metadata': true }),
    // The CDK's own checks of templates take longer than the synthesis; test/infra makes them.
    CDK_VALIDATION: 'false',
  })
  if (!existsSync(join(assembly, 'manifest.json'))) {
    throw new Failure('the CDK app ended well but wrote no assembly', { remedy: 'does infra/app.ts call app.synth()?' })
  }
  await writeJson(stamp, { hash })
  return { inputs: hash, ran: true }
}

const runApp = (env: NodeJS.ProcessEnv): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(checkout, 'infra', 'app.ts')], {
      cwd: checkout,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let told = ''
    const listen = (chunk: Buffer) => {
      told = `${told}${chunk}`.slice(-20_000)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Failure('the CDK app failed', { remedy: `it said:\n${told.trim()}`, details: { code } }))
    })
  })

const filesUnder = async (path: string): Promise<string[]> => {
  if (!existsSync(path)) return []
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return undefined
      throw error
    },
  )
  if (!entries) return [path]
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
}
