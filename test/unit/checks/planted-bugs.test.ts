import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bugs as explored } from '../../exploration/bugs.ts'
import { bugs as simulated } from '../../simulation/bugs.ts'
import { deskBugs } from '../../simulation/desk-bugs.ts'
import { lifeBugs } from '../../simulation/life-bugs.ts'

const all = [...explored, ...simulated, ...deskBugs, ...lifeBugs]

test.each(all.map((bug) => [bug.name, bug] as const))('%s has its place in the code, once', (_, bug) => {
  const source = readFileSync(bug.file, 'utf8')
  for (const place of [bug.from, ...(bug.without ? [bug.without] : [])]) {
    expect(source.split(place).length - 1, place).toBe(1)
    expect(bug.to).not.toBe(bug.from)
  }
})

test('no two bugs of one search have one name', () => {
  for (const bugs of [explored, [...simulated, ...deskBugs, ...lifeBugs]]) {
    const names = bugs.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  }
})
