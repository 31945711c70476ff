import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions, entryPoints } from '../../infra/constructs/bundle.ts'
import { readStacks } from '../../local/assembly.ts'
import { functionsByHandler, replaceCode, restoreCode } from '../../local/code.ts'
import { markLive } from '../../local/deploy.ts'
import { Failure } from '../../local/failure.ts'
import { layout } from '../../local/layout.ts'
import { checkout } from '../../local/settings.ts'
import type { System } from '../system.ts'

const handler = 'inventory-commands'
const contractsFile = join('events', 'inventory.ts')
const sound = /('ReserveStock', 1, \{)/
/** A field more, and required: what a release would be that changed a contract without giving it a new version. */
const defect = '$1 warehouse: z.string().min(1),'

/**
 * The bundle of inventory's consumer as a mistaken commit would make it: everything as it is, but a contract that asks
 * for more than anybody sends. Every command of its kind is poison to it.
 *
 * @throws Failure when the sources no longer have the line that the mistake is made in.
 */
export const defectiveBundle = async (): Promise<Uint8Array> => {
  const source = await readFile(join(checkout, contractsFile), 'utf8')
  if (!sound.test(source))
    throw new Failure(`${contractsFile} has changed: the storm no longer knows where to make its mistake`, {
      remedy: 'adapt cli/storm/defect.ts',
    })
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: { [`${handler}/index`]: entryPoints()[handler]! },
    outdir: 'bundles',
    write: false,
    plugins: [
      {
        name: 'mistake',
        setup: ({ onLoad }) => {
          onLoad({ filter: /events[\\/]inventory\.ts$/ }, () => ({
            contents: source.replace(sound, defect),
            loader: 'ts',
          }))
        },
      },
    ],
  })
  return outputFiles[0]!.contents
}

/** Deploys the defective consumer, as an operator would who does not know. */
export const deployDefect = async ({ clientConfig, stage, state }: System): Promise<void> => {
  const name = (await functionsByHandler(clientConfig, stage)).get(handler)
  if (!name) throw new Failure(`there is no function ${handler} on stage '${stage}'`)
  const bundle = await defectiveBundle()
  // Should this process die now, the next deployment puts the deployed code back.
  await markLive(state, [handler])
  await replaceCode(clientConfig, name, bundle)
}

/** Takes it back: the code that the templates name runs again. */
export const takeBackDefect = async ({ clientConfig, stage, state }: System): Promise<void> => {
  const stacks = await readStacks(layout(state).adapted)
  await restoreCode([handler], { stacks, config: clientConfig, stage })
}
