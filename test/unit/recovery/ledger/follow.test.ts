import { describe, expect, test } from 'vitest'
import { type FollowPorts, follow, isFinal, keyOf } from '../../../../functions/recovery/ledger/follow.ts'
import type { SentMessage } from '../../../../reactive/evidence.ts'
import { grace, message, now, platform } from './flows.ts'

const placed = message('ord_1/1', 'placed')
const confirmed = message('ord_1/3', 'confirmed')
const reserve = message('saga/reserve', 'reserve', { answers: 'saga-inbox' })
const reserved = message('saga/reserve/reserved', 'reserved', { to: 'saga-inbox' })

const standings = async (begun: readonly SentMessage[], ports: FollowPorts) => {
  const { reconciled } = await follow(
    begun.map((message) => ({ message, sender: 'ordering' })),
    { now, grace },
    ports,
  )
  return Object.fromEntries(reconciled.map(({ pair, standing }) => [keyOf(pair), standing]))
}

describe('the ledger, following a flow', () => {
  test('finds a message handled by each who subscribes to it', async () => {
    const { ports } = platform({
      'inventory ord_1/3': { as: 'handled' },
      'notifications ord_1/3': { as: 'handled' },
    })
    expect(await standings([confirmed], ports)).toEqual({
      'inventory-events ord_1/3': 'handled',
      'notifications-events ord_1/3': 'handled',
    })
  })

  test('tells the one who has missed it from the other who has not', async () => {
    const { ports } = platform({ 'inventory ord_1/3': { as: 'handled' } })
    expect(await standings([confirmed], ports)).toEqual({
      'inventory-events ord_1/3': 'handled',
      'notifications-events ord_1/3': 'drift',
    })
  })

  test('goes on to what a consumer has sent because of it, reply and all', async () => {
    const { ports, asked } = platform({
      'saga ord_1/1': { as: 'under-way', sent: [reserve] },
      'inventory saga/reserve': { as: 'handled', sent: [reserved] },
    })
    expect(await standings([placed], ports)).toEqual({
      'saga-inbox ord_1/1': 'under-way',
      'inventory-commands saga/reserve': 'handled',
      'saga-inbox saga/reserve/reserved': 'drift',
    })
    expect(asked).toEqual(['saga: ord_1/1', 'inventory: saga/reserve', 'saga: saga/reserve/reserved'])
  })

  test('finds the command of a saga that nobody has', async () => {
    const { ports } = platform({ 'saga ord_1/1': { as: 'under-way', sent: [reserve] } })
    expect(await standings([placed], ports)).toMatchObject({ 'inventory-commands saga/reserve': 'drift' })
  })

  test('calls a command postponed as long as it may have been put back, unless the desk has it', async () => {
    const pair = 'inventory-commands saga/reserve'
    const where = async (desk: Parameters<typeof platform>[1] = {}) => {
      const { ports } = platform(
        { 'saga ord_1/1': { as: 'under-way', sent: [reserve] }, 'inventory saga/reserve': { as: 'postponed' } },
        desk,
      )
      return (await standings([placed], ports))[pair]
    }
    expect(await where()).toBe('postponed')
    expect(await where({ [pair]: { status: 'redriven', at: 1 } })).toBe('postponed')
    expect(await where({ [pair]: { status: 'parked' } })).toBe('parked')
    expect(await where({ [pair]: { status: 'discarded' } })).toBe('discarded')
  })

  test('is patient for as long as the grace period with every link by itself', async () => {
    const young = { ...reserve, at: now - grace }
    const { ports } = platform({ 'saga ord_1/1': { as: 'under-way', sent: [young] } })
    expect(await standings([placed], ports)).toMatchObject({ 'inventory-commands saga/reserve': 'young' })
  })

  test('asks each witness once for all that it should know, in parts that fit', async () => {
    const many = Array.from({ length: 450 }, (_, index) => message(`ord_${index}/1`, 'placed'))
    const { ports, asked } = platform({})
    await standings(many, ports)
    expect(asked).toHaveLength(3)
  })

  test('looks at a pair once, however many flows lead to it', async () => {
    const { ports, asked } = platform({
      'saga ord_1/1': { as: 'handled', sent: [reserve] },
      'saga ord_2/1': { as: 'handled', sent: [reserve, reserve] },
    })
    await standings([placed, message('ord_2/1', 'placed')], ports)
    expect(asked).toEqual(['saga: ord_1/1 ord_2/1', 'inventory: saga/reserve'])
  })

  test('ends in flows that name each other, and refuses one without an end', async () => {
    const { ports } = platform({
      'saga ord_1/1': { as: 'handled', sent: [reserve] },
      'inventory saga/reserve': { as: 'handled', sent: [placed] },
    })
    expect(Object.keys(await standings([placed], ports))).toHaveLength(2)
    let count = 0
    const endless: FollowPorts = {
      ...ports,
      ask: async (_, messages) =>
        messages.map(({ id }) => ({ id, as: 'handled', sent: [message(`m${count++}`, 'placed')] })),
    }
    await expect(standings([placed], endless)).rejects.toThrow(/more than 12 links/)
  })
})

describe('a message that its consumer knows nothing of', () => {
  const nobody = (desk: Parameters<typeof platform>[1]) => standings([placed], platform({}, desk).ports)

  test('is parked when the desk holds it, and discarded when an operator gave it up', async () => {
    expect(await nobody({ 'saga-inbox ord_1/1': { status: 'parked' } })).toEqual({ 'saga-inbox ord_1/1': 'parked' })
    expect(await nobody({ 'saga-inbox ord_1/1': { status: 'discarded' } })).toEqual({
      'saga-inbox ord_1/1': 'discarded',
    })
  })

  test('has a grace period of its own once it was put back, and is missed after that', async () => {
    const putBack = (at: number) => nobody({ 'saga-inbox ord_1/1': { status: 'redriven', at } })
    expect(await putBack(now - grace)).toEqual({ 'saga-inbox ord_1/1': 'young' })
    expect(await putBack(now - grace - 1)).toEqual({ 'saga-inbox ord_1/1': 'drift' })
  })
})

describe('a witness that cannot be asked', () => {
  test('makes its messages unknown, neither handled nor lost, and is named', async () => {
    const { ports } = platform({ 'inventory ord_1/3': { as: 'handled' } })
    const deaf: FollowPorts = {
      ...ports,
      ask: async (witness, messages) => {
        if (witness === 'notifications') throw new Error('it failed: timed out')
        return ports.ask(witness, messages)
      },
    }
    const { reconciled, failures } = await follow([{ message: confirmed, sender: 'ordering' }], { now, grace }, deaf)
    expect(reconciled.map(({ standing }) => standing)).toEqual(['handled', 'unknown'])
    expect(failures).toEqual(['notifications: it failed: timed out'])
    expect(reconciled.map(isFinal)).toEqual([true, false])
  })
})
