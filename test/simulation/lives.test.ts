import { expect, test } from 'vitest'
import { lifeBugs } from './life-bugs.ts'
import { brokenLife, huntInLives } from './lives.ts'

test('whatever sound definition a saga has, nothing of it is lost, left standing or undone out of order', () => {
  expect(brokenLife(1_000, 1)).toBeUndefined()
})

// The rest of the machine's bugs are planted by `npm run simulate -- --bugs`.
test.each([...lifeBugs.map(({ name }) => name), 'surplus-kept', 'no-is-yes', 'act-done-twice'])(
  '%s is found in a life of any definition, and told as small as it gets',
  async (bug) => {
    const found = await huntInLives(bug, 2_000)
    expect(found).toMatchObject({ life: expect.any(Number), violation: expect.any(String) })
    expect(found!.tape.length).toBeLessThan(60)
  },
)
