import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inTurn, levels, withoutItsCloud } from '../../levels.ts'
import { machineShared, shareMachine } from '../../sharing.ts'

describe('the turns of levels', () => {
  test('are one level each, but for the simulation, which goes beside the integration level', () => {
    expect(inTurn(levels)).toEqual([
      { level: 'check' },
      { level: 'unit' },
      { level: 'infra' },
      { level: 'integration', beside: 'simulation' },
    ])
  })

  test.each([[['simulation'] as const], [['integration'] as const], [['unit', 'simulation'] as const], [[] as const]])(
    'of %j are in their order',
    (wanted) => {
      expect(inTurn(wanted)).toEqual(wanted.map((level) => ({ level })))
    },
  )

  test('leave out no level', () => {
    const played = inTurn(levels).flatMap(({ level, beside }) => [level, ...(beside ? [beside] : [])])
    expect(played.toSorted()).toEqual([...levels].sort())
  })
})

describe('a machine that one level has to itself', () => {
  const fresh = () => join(mkdtempSync(join(tmpdir(), 'neverstop-sharing-')), 'shared')
  const never = new Promise(() => {})

  test('is shared when that level says so, not before', async () => {
    const file = fresh()
    let shared = false
    const waiting = machineShared(file, never).then(() => {
      shared = true
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(shared).toBe(false)
    shareMachine(file)
    await waiting
  })

  test.each([
    ['ended', async () => {}],
    ['broken', async () => Promise.reject(new Error('it broke'))],
  ])('is shared when that level has %s without a word', async (_, level) => {
    await machineShared(fresh(), level())
  })

  test('is nothing to say where nobody waits for it', () => {
    expect(() => shareMachine(null)).not.toThrow()
  })
})

describe('a level whose cloud this machine lacks', () => {
  test('is skipped, and counted, when nobody asked for it by name', () => {
    expect(withoutItsCloud({ levels: [], cloud: undefined })).toEqual({ passed: 0, failed: 0, skipped: 1 })
  })

  test.each([
    ['the cloud', { levels: [], cloud: 'localstack' }],
    ['the default cloud, too', { levels: [], cloud: 'embedded' }],
    ['the level', { levels: ['integration'], cloud: undefined }],
    ['the level among others', { levels: ['unit', 'integration'], cloud: undefined }],
    ['both', { levels: ['integration'], cloud: 'localstack' }],
  ] as const)('has failed when somebody named %s', (_, named) => {
    expect(withoutItsCloud(named)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  test('fails the whole run with the reason, on a LocalStack that does not run', () => {
    const state = mkdtempSync(join(tmpdir(), 'neverstop-levels-'))

    const { status, stdout } = spawnSync('node_modules/.bin/node', ['test/main.ts', '--cloud', 'localstack'], {
      encoding: 'utf8',
      // Nobody listens on port 1.
      env: { PATH: process.env.PATH, NEVERSTOP_LOCALSTACK: 'running', NEVERSTOP_PORT: '1', NEVERSTOP_STATE: state },
    })
    rmSync(state, { recursive: true })

    expect(stdout).toContain('not on this machine: LocalStack cannot be had as NEVERSTOP_LOCALSTACK wants it')
    expect(stdout.trim()).toMatch(/\n0 passed, 1 failed, 0 skipped$/)
    expect(status).toBe(1)
  })
})
