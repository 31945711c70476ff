import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { end, identify, runs } from '../../../local/processes.ts'

let child: ChildProcess | undefined

/** A process that says when it is ready, so that it surely has its signal handlers. */
const start = async (program: string) => {
  child = spawn(process.execPath, ['-e', `${program}; console.log('ready'); setInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout!, 'data')
  return (await identify(child.pid!))!
}

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  child = undefined
})

describe('the identity of a process', () => {
  test('is the same as long as it runs', async () => {
    expect(await identify(process.pid)).toEqual(await identify(process.pid))
    expect(await runs((await identify(process.pid))!)).toBe(true)
  })

  test('is none for a number that nobody has', async () => {
    expect(await identify(2 ** 30)).toBeUndefined()
  })

  test('is another one when the number was given away again', async () => {
    const self = (await identify(process.pid))!

    expect(await runs({ ...self, startedAt: `${self.startedAt}0` })).toBe(false)
  })
})

describe('ending a process', () => {
  test('asks it first', async () => {
    const identity = await start(`process.on('SIGTERM', () => process.exit(0))`)

    expect(await end(identity, 5_000)).toBe('ended')
    expect(await runs(identity)).toBe(false)
  })

  test('ends one that does not listen, after its patience', async () => {
    const identity = await start(`process.on('SIGTERM', () => {})`)

    expect(await end(identity, 150)).toBe('killed')
    expect(await runs(identity)).toBe(false)
  })

  test('finds that it has gone already', async () => {
    const identity = await start('')
    child!.kill('SIGKILL')
    await once(child!, 'exit')

    expect(await end(identity, 1_000)).toBe('gone')
  })

  test('leaves a process alone that only has the same number', async () => {
    const identity = await start('')

    expect(await end({ ...identity, startedAt: 'another time' }, 1_000)).toBe('gone')
    expect(await runs(identity)).toBe(true)
  })
})
