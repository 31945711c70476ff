import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Failure } from './failure.ts'
import type { Template } from './template.ts'
import { adapt, type Change, type Rule } from './transform.ts'

/** A stack of a synthesized assembly. */
export type AssembledStack = { id: string; stackName: string; templateFile: string; template: Template }

type Artifact = { type: string; properties?: Record<string, unknown>; [key: string]: unknown }
type Manifest = { artifacts: Record<string, Artifact>; [key: string]: unknown }
type AssetManifest = {
  files: Record<string, { source: { path?: string }; destinations: Record<string, Record<string, unknown>> }>
  [key: string]: unknown
}

/** What is done to an assembly besides its templates, on every cloud of this machine; each is recorded as a change. */
const withoutRoles = {
  name: 'stacks are deployed without the roles of the bootstrap stack',
  because: 'nothing here can assume them: the CDK deploys with the credentials of whoever runs it',
}
const underNewKeys = {
  name: 'templates are uploaded under the hash of what they say here',
  because: 'under the old one the CDK would take an earlier upload of the original for the same file',
}
export const assemblyRules: readonly Pick<Rule, 'name' | 'because'>[] = [withoutRoles, underNewKeys]

/** The stacks of the assembly in a folder, in the order of its manifest. */
export const readStacks = async (assembly: string): Promise<AssembledStack[]> => {
  const manifest = await read<Manifest>(join(assembly, 'manifest.json'))
  return await Promise.all(
    stackArtifacts(manifest).map(async ([id, { properties }]) => {
      const templateFile = properties!.templateFile as string
      const template = await read<Template>(join(assembly, templateFile))
      return { id, stackName: (properties!.stackName as string | undefined) ?? id, templateFile, template }
    }),
  )
}

/**
 * Writes a copy of an assembly whose templates are adapted by rules and which deploys with the credentials of whoever
 * runs the CDK instead of the roles of its bootstrap stack. The original is only read; assets stay where they are.
 *
 * Resolves to every change, of templates, roles and keys, and to a hash of all that would be deployed.
 */
export const adaptAssembly = async ({
  source,
  target,
  rules,
}: {
  source: string
  target: string
  rules: readonly Rule[]
}): Promise<{ changes: Change[]; hash: string; stacks: AssembledStack[] }> => {
  const partial = `${target}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const manifest = await read<Manifest>(join(source, 'manifest.json'))
  const hash = createHash('sha256')
  const changes: Change[] = []
  const stacks: AssembledStack[] = []
  const adaptedKeys = new Map<string, string>()
  const assetManifests = new Map<string, AssetManifest>()

  for (const stack of await readStacks(source)) {
    refuseNestedStacks(stack)
    const adapted = adapt(stack.stackName, stack.template, rules)
    changes.push(...adapted.changes)
    stacks.push({ ...stack, template: adapted.template })
    const text = JSON.stringify(adapted.template, null, 1)
    await writeFile(join(partial, stack.templateFile), text)
    adaptedKeys.set(stack.templateFile, sha256(text))
    hash.update(`${stack.stackName}\n${text}\n`)
  }
  for (const name of await readdir(source)) {
    if (!name.endsWith('.json') || adaptedKeys.has(name) || name === 'manifest.json') continue
    const text = await readFile(join(source, name), 'utf8')
    if (!name.endsWith('.assets.json')) {
      await writeFile(join(partial, name), text)
      continue
    }
    const assets = JSON.parse(text) as AssetManifest
    assetManifests.set(name, assets)
    const adapted = adaptAssets(assets, { adaptedKeys, toSource: relative(target, source) })
    await writeFile(join(partial, name), JSON.stringify(adapted, null, 1))
  }
  changes.push(...changesBesides(manifest, assetManifests, adaptedKeys))
  await writeFile(join(partial, 'manifest.json'), JSON.stringify(adaptManifest(manifest, adaptedKeys), null, 1))
  await writeFile(join(partial, 'cdk.out'), await readFile(join(source, 'cdk.out')))
  await rm(target, { recursive: true, force: true })
  await mkdir(dirname(target), { recursive: true })
  await rename(partial, target)
  return { changes, hash: hash.digest('hex'), stacks }
}

/**
 * The manifest without the bootstrap roles, which nothing here can assume: the result is what
 * `CliCredentialsStackSynthesizer` would have written. The templates' asset keys follow their new contents, or the CDK
 * would take an older upload for the same file.
 */
export const adaptManifest = (manifest: Manifest, adaptedKeys: ReadonlyMap<string, string>): Manifest => ({
  ...manifest,
  artifacts: Object.fromEntries(
    Object.entries(manifest.artifacts).map(([id, artifact]) => {
      if (artifact.type !== 'aws:cloudformation:stack') return [id, artifact]
      const { assumeRoleArn, cloudFormationExecutionRoleArn, lookupRole, ...properties } = artifact.properties ?? {}
      const key = adaptedKeys.get(String(properties.templateFile))
      const url = properties.stackTemplateAssetObjectUrl
      const moved = key && typeof url === 'string' ? { stackTemplateAssetObjectUrl: withKey(url, key) } : {}
      return [id, { ...artifact, properties: { ...properties, ...moved } }]
    }),
  ),
})

/** An asset manifest for the copy: sources in the original folder, no roles, keys of adapted templates by content. */
export const adaptAssets = (
  assets: AssetManifest,
  { adaptedKeys, toSource }: { adaptedKeys: ReadonlyMap<string, string>; toSource: string },
): AssetManifest => ({
  ...assets,
  files: Object.fromEntries(
    Object.entries(assets.files).map(([id, file]) => {
      const path = file.source.path
      const key = path && adaptedKeys.get(path)
      const destinations = Object.fromEntries(
        Object.entries(file.destinations).map(([name, { assumeRoleArn: _, ...destination }]) => [
          name,
          key ? { ...destination, objectKey: withKey(String(destination.objectKey), key) } : destination,
        ]),
      )
      const source = key || !path ? file.source : { ...file.source, path: join(toSource, path) }
      return [key ?? id, { ...file, source, destinations }]
    }),
  ),
})

const roles = ['assumeRoleArn', 'cloudFormationExecutionRoleArn', 'lookupRole']

/** What `adaptManifest` and `adaptAssets` do to each stack: the roles that it loses, and the template that moves. */
const changesBesides = (
  manifest: Manifest,
  assetManifests: ReadonlyMap<string, AssetManifest>,
  adaptedKeys: ReadonlyMap<string, string>,
): Change[] =>
  stackArtifacts(manifest).flatMap(([id, { properties = {} }]) => {
    const stack = (properties.stackName as string | undefined) ?? id
    const file = String(properties.templateFile)
    const change = ({ name }: { name: string }, target: string): Change => ({ stack, rule: name, target })
    const publishing = [...assetManifests].filter(
      ([, { files }]) =>
        Object.values(files).some(({ source }) => source.path === file) &&
        Object.values(files).some(({ destinations }) => Object.values(destinations).some((to) => to.assumeRoleArn)),
    )
    const url = String(properties.stackTemplateAssetObjectUrl ?? '')
    const moved = withKey(url, adaptedKeys.get(file) ?? '') !== url
    return [
      ...roles.filter((role) => properties[role] !== undefined).map((role) => change(withoutRoles, role)),
      ...publishing.map(([name]) => change(withoutRoles, name)),
      ...(moved ? [change(underNewKeys, file)] : []),
    ]
  })

const stackArtifacts = (manifest: Manifest) =>
  Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')

const refuseNestedStacks = ({ stackName, template }: AssembledStack) => {
  const nested = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::CloudFormation::Stack')
  if (nested) {
    throw new Failure(`${stackName} has the nested stack ${nested[0]}, whose template would be deployed unadapted`, {
      remedy: 'make it a stack of its own',
    })
  }
}

const withKey = (address: string, key: string) => address.replace(/[0-9a-f]{64}(?=\.json$)/, key)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const read = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8')) as T
