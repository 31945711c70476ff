import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PricedTemplate } from '../../infra/prices/idle.ts'
import { synthesize } from '../../local/synth.ts'

/** A template as the commands about an account read it. */
export type Template = PricedTemplate & {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly DeletionPolicy?: string }>>
}

/** What would be deployed: the folder that the CDK takes it from, and the templates by their stack. */
export type Assembly = { readonly folder: string; readonly templates: Readonly<Record<string, Template>> }

/** Synthesizes a stage for an account. Needs no credentials: region and account are filled in when it is deployed. */
export const assemble = async (state: string, context: Readonly<Record<string, string>>): Promise<Assembly> => {
  const folder = join(state, 'account', context.stage!)
  await synthesize(folder, { ...context })
  const files = (await readdir(folder)).filter((file) => file.endsWith('.template.json')).sort()
  const templates = await Promise.all(
    files.map(async (file) => [
      file.replace('.template.json', ''),
      JSON.parse(await readFile(join(folder, file), 'utf8')) as Template,
    ]),
  )
  return { folder, templates: Object.fromEntries(templates) as Record<string, Template> }
}
