import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { breaks, type Schema } from '../../../events/compatibility.ts'
import { recordOf, unreleased } from '../../released.ts'

const text = { type: 'string' }
const order: Schema = {
  type: 'object',
  properties: {
    id: text,
    lines: { type: 'array', items: { type: 'object', properties: { sku: text }, required: ['sku'] } },
  },
  required: ['id'],
}
const changed = (change: Partial<Schema>): string[] => breaks(order, { ...order, ...change })

describe('a changed contract', () => {
  test('breaks nothing by a new optional field', () => {
    expect(changed({ properties: { ...order.properties, note: text } })).toEqual([])
  })
  test('breaks nothing by a new description', () => {
    expect(changed({ description: 'An order.' })).toEqual([])
  })
  test('breaks readers of the old by a field that goes', () => {
    expect(changed({ properties: { id: text } })).toEqual(['lines is gone'])
  })
  test('breaks on old messages by a field that becomes required', () => {
    expect(changed({ required: ['id', 'lines'] })).toEqual(['lines became required'])
  })
  test('breaks old readers by a field that becomes optional', () => {
    expect(changed({ required: [] })).toEqual(['id became optional'])
  })
  test('breaks by a field that means something else, however deep', () => {
    const lines = {
      type: 'array',
      items: { type: 'object', properties: { sku: { type: 'number' } }, required: ['sku'] },
    }
    expect(changed({ properties: { id: text, lines } })).toEqual(['lines[].sku: type was "string" and is "number"'])
  })
  test('breaks nothing by keeping what it does not know, and readers of that by keeping it no more', () => {
    const [open, closed] = [
      { ...order, additionalProperties: {} },
      { ...order, additionalProperties: false },
    ]
    expect(breaks(closed, open)).toEqual([])
    expect(breaks(open, closed)).toEqual(['it: additionalProperties was {} and is false'])
  })
  test('breaks by a tighter limit', () => {
    expect(changed({ properties: { ...order.properties, id: { type: 'string', maxLength: 3 } } })).toEqual([
      'id: maxLength was undefined and is 3',
    ])
  })
})

describe('what was released', () => {
  const released = { contracts: { 'x.A.v1': order }, sagas: { 's v1': { steps: ['a'] } } }

  test('is broken by a contract that goes', () => {
    expect(unreleased(released, { ...released, contracts: {} }).broken).toEqual([
      'contract x.A.v1 is gone; it may still be stored or under way',
    ])
  })
  test('is broken by a saga whose shape changes under its version, and says how', () => {
    const { broken } = unreleased(released, { ...released, sagas: { 's v1': { steps: ['a', 'b'] } } })
    expect(broken).toHaveLength(1)
    expect(broken[0]).toContain('saga s v1 changed its shape from {"steps":["a"]} to {"steps":["a","b"]}')
  })
  test('is not broken by a new version beside the old one, which is to be recorded', () => {
    const now = { contracts: { ...released.contracts, 'x.A.v2': order }, sagas: { ...released.sagas, 's v2': {} } }
    expect(unreleased(released, now)).toEqual({ broken: [], unrecorded: ['x.A.v2', 's v2'] })
  })
  test('is not broken by itself', () => {
    expect(unreleased(released, released)).toEqual({ broken: [], unrecorded: [] })
  })
  test('is not written anew when nothing is new', () => {
    expect(recordOf(released, released)).toBeUndefined()
  })
  test('is written in the form in which it is kept', () => {
    const kept = readFileSync('events/released.json', 'utf8')
    expect(recordOf({ contracts: {}, sagas: {} }, JSON.parse(kept))).toBe(kept)
  })
})
