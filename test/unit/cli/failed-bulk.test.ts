import { describe, expect, test } from 'vitest'
import { exportedIn } from '../../../cli/failed/bulk.ts'

const lines = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ id: `f_${n}`, body: 'x'.repeat(bytes) })).join('\n')

describe('what was exported', () => {
  test('is imported twenty records at a time', () => {
    expect(exportedIn(`${lines(45, 10)}\n\n`).map(({ length }) => length)).toEqual([20, 20, 5])
  })

  test('is imported in portions that the desk takes, however large its messages are', () => {
    const portions = exportedIn(lines(50, 400_000))
    for (const portion of portions) expect(JSON.stringify(portion).length).toBeLessThan(5 * 1024 * 1024 - 1_000)
    expect(portions.flat()).toHaveLength(50)
    expect(exportedIn(lines(2, 6_000_000)).map(({ length }) => length)).toEqual([1, 1])
  })

  test('names the line that is no record', () => {
    expect(() => exportedIn('{"id":"f_1"}\n{"id":')).toThrow('line 2 is not JSON')
  })
})
