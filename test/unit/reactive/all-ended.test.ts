import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allEnded } from '../../../reactive/all-ended.ts'

test('answers what each came to, in order and by its type', async () => {
  const [one, two]: [number, string] = await allEnded([Promise.resolve(1), Promise.resolve('two')])
  expect([one, two]).toEqual([1, 'two'])
  expect(await allEnded([])).toEqual([])
  expect(await allEnded(['as it is'])).toEqual(['as it is'])
})

test('fails only when all have ended, with what failed first in their order', async () => {
  const ended: string[] = []
  const later = (name: string, ms: number, fails = false) =>
    new Promise<void>((resolve, reject) =>
      setTimeout(() => {
        ended.push(name)
        if (fails) reject(new Error(name))
        else resolve()
      }, ms),
    )
  const all = [later('slow', 30), later('second', 10, true), later('first', 1, true)]
  await expect(allEnded(all)).rejects.toThrow('second')
  expect(ended).toEqual(['first', 'second', 'slow'])
})

/** Rooms whose code is deployed, where whoever answers first leaves the others frozen in the midst of what they do. */
const deployed = ['events', 'functions', 'reactive', 'sagas']
const forgetful = (source: string): boolean => /\bPromise\.(all|any)\(/.test(source)

test('deployed code waits for all that it starts', () => {
  const sources = deployed.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${room}/${file}`),
  )
  expect(sources.length).toBeGreaterThan(200)
  expect(sources.filter((file) => forgetful(readFileSync(file, 'utf8')))).toEqual([])
})

test.each(['await Promise.all(work)', 'Promise.any([a, b])'])('the rule sees %s', (line) => {
  expect(forgetful(line)).toBe(true)
})
