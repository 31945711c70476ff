// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation, not of TypeScript
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adaptAssembly, assemblyRules, readStacks } from '../../../local/assembly.ts'
import { leaveOut } from '../../../local/transform.ts'

const key = 'a'.repeat(64)
const code = 'b'.repeat(64)
const role = 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-deploy'
const url = (hash: string) => `s3://cdk-assets-\${AWS::AccountId}/${hash}.json`

let folder: string
let source: string
let target: string

const write = (name: string, value: unknown) => writeFileSync(join(source, name), JSON.stringify(value))
const read = (name: string) => JSON.parse(readFileSync(join(target, name), 'utf8'))
const snapshot = (path: string) =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'utf8')]),
  )
const rules = [leaveOut({ name: 'no pages', because: 'unknown here', matches: ({ Type }) => Type === 'Page' })]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assembly-'))
  source = join(folder, 'cdk.out')
  target = join(folder, 'cdk.local')
  mkdirSync(join(source, `asset.${code}`), { recursive: true })
  writeFileSync(join(source, `asset.${code}`, 'index.mjs'), 'export const handler = 1')
  writeFileSync(join(source, 'cdk.out'), '{"version":"55.0.0"}')
  write('payments.template.json', { Resources: { Page: { Type: 'Page' }, Queue: { Type: 'Queue' } } })
  write('payments.assets.json', {
    version: '55.0.0',
    files: {
      [code]: {
        source: { path: `asset.${code}`, packaging: 'zip' },
        destinations: { here: { bucketName: 'assets', objectKey: `${code}.zip`, assumeRoleArn: role } },
      },
      [key]: {
        source: { path: 'payments.template.json', packaging: 'file' },
        destinations: { here: { bucketName: 'assets', objectKey: `${key}.json`, assumeRoleArn: role } },
      },
    },
  })
  write('manifest.json', {
    version: '55.0.0',
    artifacts: {
      'payments.assets': { type: 'cdk:asset-manifest', properties: { file: 'payments.assets.json' } },
      payments: {
        type: 'aws:cloudformation:stack',
        dependencies: ['payments.assets'],
        properties: {
          templateFile: 'payments.template.json',
          stackName: 'neverstop-local-payments',
          assumeRoleArn: role,
          cloudFormationExecutionRoleArn: role,
          lookupRole: { arn: role },
          stackTemplateAssetObjectUrl: url(key),
        },
      },
    },
  })
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('adapting an assembly', () => {
  test('never touches the original', async () => {
    const before = snapshot(source)

    await adaptAssembly({ source, target, rules })

    expect(snapshot(source)).toEqual(before)
  })

  test('writes adapted templates and tells every change', async () => {
    const { changes, stacks } = await adaptAssembly({ source, target, rules })

    expect(read('payments.template.json')).toEqual({ Resources: { Queue: { Type: 'Queue' } } })
    expect(stacks[0]!.template).toEqual(read('payments.template.json'))
    expect(changes.filter(({ rule }) => rule === 'no pages')).toEqual([
      { stack: 'neverstop-local-payments', rule: 'no pages', target: 'Page' },
    ])
  })

  test('tells the roles that a stack loses, and that its template has moved', async () => {
    const { changes } = await adaptAssembly({ source, target, rules })

    const [roles, keys] = assemblyRules.map(({ name }) =>
      changes
        .filter(({ rule, stack }) => rule === name && stack === 'neverstop-local-payments')
        .map((change) => change.target),
    )
    const { properties } = JSON.parse(readFileSync(join(source, 'manifest.json'), 'utf8')).artifacts.payments
    const written = read('manifest.json').artifacts.payments.properties
    const lost = Object.keys(properties).filter((name) => !(name in written))
    expect(lost.length).toBeGreaterThan(0)
    expect(roles).toEqual([...lost, 'payments.assets.json'])
    expect(keys).toEqual(['payments.template.json'])
  })

  test('tells no more of a copy that needs neither', async () => {
    const text = JSON.stringify({ Resources: { Queue: { Type: 'Queue' } } }, null, 1)
    const same = createHash('sha256').update(text).digest('hex')
    writeFileSync(join(source, 'payments.template.json'), text)
    const manifest = JSON.parse(readFileSync(join(source, 'manifest.json'), 'utf8'))
    const { stackName, templateFile } = manifest.artifacts.payments.properties
    manifest.artifacts.payments.properties = { stackName, templateFile, stackTemplateAssetObjectUrl: url(same) }
    write('manifest.json', manifest)
    write('payments.assets.json', { version: '55.0.0', files: {} })

    expect((await adaptAssembly({ source, target, rules })).changes).toEqual([])
  })

  test('takes every bootstrap role out', async () => {
    await adaptAssembly({ source, target, rules })

    expect(Object.values(snapshot(target)).join('')).not.toContain('cdk-deploy')
    expect(read('manifest.json').artifacts.payments).toMatchObject({
      dependencies: ['payments.assets'],
      properties: { templateFile: 'payments.template.json', stackName: 'neverstop-local-payments' },
    })
  })

  test('gives an adapted template a key by its contents, the same in both manifests', async () => {
    await adaptAssembly({ source, target, rules })

    const { properties } = read('manifest.json').artifacts.payments
    const [newKey] = Object.keys(read('payments.assets.json').files).filter((id) => id !== code)
    expect(newKey).not.toBe(key)
    expect(properties.stackTemplateAssetObjectUrl).toBe(url(newKey!))
    expect(read('payments.assets.json').files[newKey!].destinations.here.objectKey).toBe(`${newKey}.json`)
  })

  test('leaves assets where they are', async () => {
    await adaptAssembly({ source, target, rules })

    const { path } = read('payments.assets.json').files[code].source
    expect(readFileSync(join(target, path, 'index.mjs'), 'utf8')).toBe('export const handler = 1')
    expect(readdirSync(target)).not.toContain(`asset.${code}`)
  })

  test('has the same hash for the same assembly, and another for other rules', async () => {
    const first = await adaptAssembly({ source, target, rules })
    const again = await adaptAssembly({ source, target, rules })
    const other = await adaptAssembly({ source, target, rules: [] })

    expect(again.hash).toBe(first.hash)
    expect(other.hash).not.toBe(first.hash)
  })

  test('refuses a nested stack, whose template it would not see', async () => {
    write('payments.template.json', { Resources: { Inner: { Type: 'AWS::CloudFormation::Stack' } } })

    await expect(adaptAssembly({ source, target, rules })).rejects.toThrow(
      'neverstop-local-payments has the nested stack Inner',
    )
  })

  test('leaves the last copy in place when it fails', async () => {
    await adaptAssembly({ source, target, rules })
    const before = snapshot(target)
    write('payments.template.json', { Resources: { Inner: { Type: 'AWS::CloudFormation::Stack' } } })

    await expect(adaptAssembly({ source, target, rules })).rejects.toThrow()

    expect(snapshot(target)).toEqual(before)
  })
})

test('a stack without a name of its own is called by its id', async () => {
  const manifest = JSON.parse(readFileSync(join(source, 'manifest.json'), 'utf8'))
  delete manifest.artifacts.payments.properties.stackName
  write('manifest.json', manifest)

  expect((await readStacks(source)).map(({ stackName }) => stackName)).toEqual(['payments'])
})
