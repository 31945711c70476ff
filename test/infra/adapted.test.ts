import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { adaptAssembly, assemblyRules, readStacks } from '../../local/assembly.ts'
import { capabilitiesOf, cloudKinds } from '../../local/capabilities.ts'
import { localClientConfig } from '../../local/client.ts'
import { rulesFor } from '../../local/rules.ts'
import type { Template } from '../../local/template.ts'
import { alarmOf } from '../../local/watch/alarms.ts'
import { cloudEvaluates } from '../../local/watch/share.ts'
import { templatesOf } from './support/templates.ts'

const target = mkdtempSync(join(tmpdir(), 'neverstop-adapted-'))
afterAll(() => rmSync(target, { recursive: true }))

/** The ids of everything in a template that another says otherwise, lacks, or has besides. */
const differing = (one: Template, other: Template): string[] => {
  const sections = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...sections].flatMap((section) => {
    const [mine, yours] = [one, other].map((template) => (template[section] ?? {}) as Record<string, unknown>)
    const ids = new Set([...Object.keys(mine!), ...Object.keys(yours!)])
    return [...ids].filter((id) => !isDeepStrictEqual(mine![id], yours![id]))
  })
}

const clientConfig = localClientConfig({ port: 4701, region: 'eu-central-1' })
const adapted = (source: string, kind: (typeof cloudKinds)[number]) =>
  adaptAssembly({
    source,
    target: join(target, kind),
    rules: rulesFor({ capabilities: capabilitiesOf(kind), clientConfig }),
  })

/** Every file of an assembly, by its contents. */
const fingerprint = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  )

describe.each(cloudKinds)('an assembly adapted for %s', (kind) => {
  test.each(['local', 'dev'] as const)('leaves what an account gets of stage %s as it is', async (stage) => {
    const source = inject('infra')[stage]
    const before = fingerprint(source)

    const { stacks } = await adapted(source, kind)

    expect(fingerprint(source)).toEqual(before)
    expect(stacks.length).toBeGreaterThanOrEqual(10)
  })

  test('has nothing left that would leave this machine', async () => {
    const { stacks } = await adapted(inject('infra').local, kind)

    expect(JSON.stringify(stacks.map(({ template }) => template))).not.toMatch(/https:\/\/sqs\.|\.execute-api\./)
  })

  test('has every alarm evaluated by exactly one: the cloud, as it is, or the watch, with a state that nobody else sets', async () => {
    const capabilities = capabilitiesOf(kind)
    const { stacks } = await adapted(inject('infra').local, kind)
    const deployed = new Map(stacks.map(({ stackName, template }) => [stackName, template]))
    let [cloud, watch] = [0, 0]
    for (const [stackName, template] of Object.entries(templatesOf('local')))
      for (const [id, resource] of Object.entries(template.Resources)) {
        const alarm = alarmOf({ stackName, template: template as never }, resource as never)
        if (!alarm) continue
        const { Type, Properties = {} } = deployed.get(stackName)!.Resources[id]!
        if (cloudEvaluates(alarm, capabilities)) {
          cloud += 1
          expect({ Type, Properties }, alarm.name).toMatchObject({
            Type: resource.Type,
            Properties: resource.Properties,
          })
        } else {
          watch += 1
          expect(Type, alarm.name).toBe('AWS::CloudWatch::Alarm')
          // On nothing, or on an expression where the cloud passes over those.
          if (Properties.Metrics === undefined) expect(Properties.Namespace, alarm.name).toMatch(/^Watch\//)
          else expect(capabilities.has('metric-math-evaluation'), alarm.name).toBe(false)
          if (capabilities.has('alarm-evaluation') && Properties.Metrics === undefined) {
            expect(Properties.TreatMissingData, alarm.name).toBe('ignore')
            expect(Properties, alarm.name).not.toHaveProperty('Statistic')
          }
        }
      }
    expect(cloud + watch).toBeGreaterThan(300)
    if (kind === 'ministack') expect(cloud).toBe(0)
    else if (kind === 'unknown') expect(watch).toBe(0)
    else expect(Math.min(cloud, watch)).toBeGreaterThan(10)
  })

  test('has every difference among its changes, and every change makes a difference', async () => {
    const { stacks, changes } = await adapted(inject('infra').local, kind)
    const besides = assemblyRules.map(({ name }) => name)
    for (const { stackName, template } of await readStacks(inject('infra').local)) {
      const own = changes.filter(({ stack }) => stack === stackName)
      const told = own.filter(({ rule }) => !besides.includes(rule)).map((change) => change.target)
      const deployed = stacks.find((stack) => stack.stackName === stackName)!.template

      expect([...new Set(told)].sort(), stackName).toEqual(differing(template, deployed).sort())
      // Its roles and its template's key, too, without which nothing of it would arrive.
      expect(new Set(own.map(({ rule }) => rule)), stackName).toContain(besides[0])
      expect(
        own.some(({ rule }) => rule === besides[1]),
        stackName,
      ).toBe(told.length > 0)
    }
  })

  test('has no more changes than there are reasons for', async () => {
    const { changes } = await adapted(inject('infra').local, kind)
    const rules = rulesFor({ capabilities: capabilitiesOf(kind), clientConfig })
    const reasons = new Map([...rules, ...assemblyRules].map(({ name, because }) => [name, because]))

    for (const { rule } of changes) expect(reasons.get(rule), rule).toMatch(/\S{3}/)
  })
})
