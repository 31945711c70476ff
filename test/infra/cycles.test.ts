import { describe, expect, test } from 'vitest'
import { stageKinds } from '../../infra/stages.ts'
import { type Template, templatesOf } from './support/templates.ts'

/** The logical ids that a value refers to. */
const referencesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner]
    if (key === 'Fn::GetAtt' && Array.isArray(inner)) return [inner[0] as string]
    if (key === 'Fn::Sub') {
      const text = typeof inner === 'string' ? inner : String((inner as unknown[])[0])
      return [...[...text.matchAll(/\$\{([A-Za-z0-9]+)[.}]/g)].map(([, id]) => id!), ...referencesIn(inner)]
    }
    return referencesIn(inner)
  })
}

/**
 * A way from a resource back to itself, in what CloudFormation waits for; undefined when there is none. A template with
 * one is refused as a whole, and neither the CDK nor any emulator says so.
 */
const cycleIn = ({ Resources }: Pick<Template, 'Resources'>): string[] | undefined => {
  const settled = new Set<string>()
  const follow = (id: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(id)) return [...way.slice(way.indexOf(id)), id]
    const resource = Resources[id]
    if (settled.has(id) || !resource) return undefined
    const { Properties, UpdatePolicy, DependsOn = [] } = resource
    for (const next of new Set([...[DependsOn].flat(), ...referencesIn(Properties), ...referencesIn(UpdatePolicy)])) {
      const found = follow(next, [...way, id])
      if (found) return found
    }
    settled.add(id)
    return undefined
  }
  for (const id of Object.keys(Resources)) {
    const found = follow(id, [])
    if (found) return found
  }
  return undefined
}

describe.each(stageKinds)('on the stage %s', (stage) => {
  test.each(Object.entries(templatesOf(stage)))('no resource of %s waits for itself', (_, template) => {
    expect(Object.keys(template.Resources).length).toBeGreaterThan(0)
    expect(cycleIn(template)).toBeUndefined()
  })
})

describe('the search for cycles', () => {
  const resource = (Properties: unknown, more: object = {}) => ({ Type: 'AWS::X::Y', Properties, ...more })

  test.each([
    ['a reference', { A: resource({ x: { Ref: 'B' } }), B: resource({ x: { Ref: 'A' } }) }],
    ['an attribute', { A: resource({ x: { 'Fn::GetAtt': ['B', 'Arn'] } }), B: resource({}, { DependsOn: ['A'] }) }],
    ['a substitution', { A: resource({ 'Fn::Sub': ['x-$', '{B.Name}'].join('') }), B: resource([{ Ref: 'A' }]) }],
    ['an update policy', { A: resource({}, { UpdatePolicy: { C: { D: { Ref: 'B' } } } }), B: resource({ Ref: 'A' }) }],
    ['itself', { A: resource({ Ref: 'A' }) }],
  ])('finds one through %s', (_, Resources) => {
    expect(cycleIn({ Resources })?.at(-1)).toBe('A')
  })

  test('takes two ways to one place for none', () => {
    const Resources = { A: resource([{ Ref: 'B' }, { Ref: 'C' }]), B: resource({ Ref: 'C' }), C: resource({}) }
    expect(cycleIn({ Resources })).toBeUndefined()
  })
})
