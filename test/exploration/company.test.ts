import { describe, expect, test } from 'vitest'
import { persistent } from './configurations.ts'
import { keys } from './key.ts'
import { type Configuration, explore } from './search.ts'
import type { Budget, World } from './world.ts'

const keyOf = keys()
const isMine = (id: string): boolean => /(^|:)s0\//.test(id)
const mine = <T>(map: Readonly<Record<string, T>>) =>
  Object.fromEntries(Object.entries(map).filter(([id]) => isMine(id)))

/** A world as its first order knows it: nothing of the other, but for the units that are left. */
const alone = (world: World): string =>
  keyOf({
    ...world,
    sagas: world.sagas.slice(0, 1),
    coordinators: world.coordinators.filter(({ saga }) => saga === 0),
    handlers: world.handlers.filter(({ holds }) => isMine(holds)),
    records: mine(world.records),
    effects: mine(world.effects),
    queue: world.queue.filter(isMine),
    underway: world.underway.filter(isMine),
    ends: world.ends.slice(0, 1),
    parked: world.parked.filter(isMine),
    elsewhere: 0,
    left: {} as Budget,
  })

const seen = (instances: number, budget: Configuration['budget']): Set<string> => {
  const worlds = new Set<string>()
  const configuration = { name: 'company', definition: persistent, instances, stock: 1, budget }
  const { exhausted } = explore(configuration, 200_000, (world) => worlds.add(alone(world)))
  expect(exhausted).toBe(true)
  return worlds
}

/**
 * Two orders share the units on the shelf and nothing else, so that their steps commute but for those that move a unit.
 * Whatever the search of one order among rivals has shown is then shown of two: this is what is tested here, by searching
 * both ways where both can be.
 */
describe('an order in the company of another', { timeout: 60_000 }, () => {
  test.each([{ duplicate: 1 }, { crash: 1 }, { cancel: 1 }])('comes to nothing new, with %o', (budget) => {
    const rivals = seen(1, { ...budget, rival: 2 })
    const strangers = [...seen(2, budget)].filter((world) => !rivals.has(world))
    expect(strangers).toEqual([])
  })

  test('comes to what one without rivals never sees', () => {
    const lonely = seen(1, { duplicate: 1 })
    expect([...seen(2, { duplicate: 1 })].some((world) => !lonely.has(world))).toBe(true)
  })
})
