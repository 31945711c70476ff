import { describe, expect, test } from 'vitest'
import { atMost, until } from '../../../cli/wait.ts'

const soon = () => new Promise((resolve) => setTimeout(resolve, 1))

describe('waiting', () => {
  test('ends with the first thing that is seen', async () => {
    let looks = 0
    expect(await until(async () => (++looks === 3 ? 'there' : undefined), { within: 5_000, every: 1 })).toBe('there')
    expect(looks).toBe(3)
  })

  test('takes a falsy answer for an answer', async () => {
    expect(await until(async () => 0, { within: 10 })).toBe(0)
  })

  test('looks at least once, and gives up when patience ends', async () => {
    let looks = 0
    const look = async () => {
      looks++
      return undefined
    }
    expect(await until(look, { within: 0 })).toBeUndefined()
    expect(looks).toBe(1)
    expect(await until(look, { within: 5, every: 2 })).toBeUndefined()
  })

  test('ends when it is told to', async () => {
    const given = new AbortController()
    given.abort()
    expect(await until(async () => undefined, { within: 60_000, every: 1, signal: given.signal })).toBeUndefined()
  })

  test('passes on what looking throws', async () => {
    await expect(until(async () => Promise.reject(new Error('blind')), { within: 10 })).rejects.toThrow('blind')
  })
})

describe('working at most so many at once', () => {
  test('keeps the order of the items and never exceeds the width', async () => {
    let running = 0
    let most = 0
    const doubled = await atMost(3, [1, 2, 3, 4, 5, 6, 7], async (n) => {
      most = Math.max(most, ++running)
      await soon()
      running--
      return n * 2
    })
    expect(doubled).toEqual([2, 4, 6, 8, 10, 12, 14])
    expect(most).toBe(3)
  })

  test('of nothing is nothing', async () => {
    expect(await atMost(3, [], async () => 1)).toEqual([])
  })

  test('passes on the first failure', async () => {
    await expect(atMost(2, [1, 2, 3], async (n) => (n === 2 ? Promise.reject(new Error('two')) : n))).rejects.toThrow(
      'two',
    )
  })
})
