// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation, not of TypeScript
import { describe, expect, test } from 'vitest'
import { mapObjects, referencesIn } from '../../../local/template.ts'

describe('the references of a value', () => {
  test('are found in Ref, in both forms of Fn::GetAtt and in Fn::Sub, at any depth', () => {
    const value = {
      a: [{ Ref: 'Queue' }],
      b: { 'Fn::GetAtt': ['Table', 'Arn'] },
      c: { 'Fn::GetAtt': 'Topic.TopicArn' },
      d: { 'Fn::Sub': 'arn:${AWS::Partition}:sqs:${Bus.Arn}/${Name}' },
      e: { 'Fn::Sub': ['${Given}', { Given: { Ref: 'Inner' } }] },
    }

    expect([...referencesIn(value)].sort()).toEqual(['Bus', 'Given', 'Inner', 'Name', 'Queue', 'Table', 'Topic'])
  })

  test('are none in plain text that looks like one', () => {
    expect(referencesIn({ Description: 'the Ref of ${Queue}', list: ['Queue', 3, null, true] }).size).toBe(0)
  })
})

describe('mapping the objects of a value', () => {
  test('replaces from the leaves up', () => {
    const value = { keep: 1, list: [{ n: 1 }, { n: { n: 2 } }] }

    expect(mapObjects(value, (node) => ('n' in node ? { ...node, seen: true } : node))).toEqual({
      keep: 1,
      list: [
        { n: 1, seen: true },
        { n: { n: 2, seen: true }, seen: true },
      ],
    })
  })

  test('keeps the identity of what did not change', () => {
    const value = { list: [{ n: 1 }], text: 'x', nothing: null }

    expect(mapObjects(value, (node) => node)).toBe(value)
  })

  test('leaves the original alone', () => {
    const value = { inner: { n: 1 } }

    mapObjects(value, (node) => ('n' in node ? { n: 2 } : node))

    expect(value).toEqual({ inner: { n: 1 } })
  })
})
