import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const state = mkdtempSync(join(tmpdir(), 'words-'))
afterAll(() => rmSync(state, { recursive: true, force: true }))

/** Runs the command line on a state folder in which nothing runs. */
const neverstop = (...words: string[]) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NEVERSTOP_')))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['cli/main.ts', ...words], {
    encoding: 'utf8',
    env: { ...env, NEVERSTOP_STATE: state, NEVERSTOP_PORT: '4999' },
  })
  return { status, stdout, stderr }
}

describe('words that are not understood', () => {
  test.each([
    [['upp'], "unknown command 'upp'", 'up'],
    [['order', 'plase'], "unknown command 'plase'", 'place'],
    [['up', '--prot', '1'], "unknown option '--prot'", '--port'],
  ])('%j are refused with the nearest that is', (words, message, nearest) => {
    const { status, stdout, stderr } = neverstop(...words)

    expect(status).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain(`Did you mean ${nearest}?`)
    expect(stdout).toBe('')
  })

  test('are refused to a machine with one document', () => {
    const { status, stdout } = neverstop('down', '--port', 'http', '--json')

    expect(status).toBe(2)
    expect(JSON.parse(stdout).error).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("'http' is not a port"),
    })
  })
})

test('a region without prices is refused with those that have them', () => {
  const { status, stderr } = neverstop('capacity', '--orders-per-second', '20', '--region', 'us-esat-1')

  expect(status).toBe(2)
  expect(stderr).toContain("'us-esat-1' is not a region with known prices; did you mean 'us-east-1'?")
  expect(stderr).toContain('Valid: eu-central-1, us-east-1')
})

test('a stage of no kind is refused before it is synthesized', () => {
  const { status, stderr } = neverstop('deploy', '--cloud', 'aws', '--stage', 'dve', '--dry-run')

  expect(status).toBe(2)
  expect(stderr).toContain("'dve' is not a kind of stage; did you mean 'dev'? Valid: dev, test, prod")
})

describe('what is about a cloud on this machine', () => {
  test.each([['status'], ['gameday'], ['up'], ['down']])(
    '%s is refused for an account, with what an account has',
    (word) => {
      const { status, stderr } = neverstop(word, '--cloud', 'aws', '--stage', 'dev')

      expect(status).toBe(2)
      expect(stderr).toContain('an account is none')
      expect(stderr).toContain("'alarms'")
    },
  )
})

describe('a system that is not there', () => {
  test('is told to a machine, with what to do', () => {
    const { status, stdout } = neverstop('logs', '--json')

    expect(status).toBe(3)
    expect(JSON.parse(stdout).error).toMatchObject({
      message: 'no local cloud runs on this state folder',
      remedy: expect.stringContaining('neverstop up'),
    })
  })

  test.each([[['failed', 'list']], [['deploy']]])('and may be in an account: %j', (words) => {
    const { status, stderr } = neverstop(...words, '--stage', 'prod')

    expect(status).toBe(3)
    expect(stderr).toContain("start it with './neverstop up', or say '--cloud aws' for a stage in an account")
    expect(neverstop(...words).stderr).not.toContain('aws')
  })

  test('has a status, which is no good news', () => {
    const { status, stdout } = neverstop('status', '--json')

    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      backend: 'embedded',
      port: 4999,
      healthy: false,
      api: null,
      stacks: [],
      repairs: [],
      changes: [],
    })
  })

  test('can be taken down all the same', () => {
    const { status, stdout } = neverstop('down', '--json')

    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ stopped: false, purged: false })
  })
})

test('help names every command and what exit codes mean', () => {
  const { status, stdout } = neverstop('--help')

  expect(status).toBe(0)
  for (const command of ['start', 'dev', 'up', 'down', 'status', 'deploy', 'logs'])
    expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  expect(stdout).toContain('Exit codes: 0 well, 1 the answer is bad')
})

test('help shows spans of time as they are written', () => {
  const { stdout } = neverstop('load', '--help')

  expect(stdout).toMatch(/--objective <span> [^-]*\(default:\s+10s\)/)
  expect(stdout).toMatch(/--patience <span> [^-]*\(default:\s+3m\)/)
})

describe('help as a word', () => {
  test.each([
    [['help'], ['--help']],
    [
      ['help', 'capacity'],
      ['capacity', '--help'],
    ],
    [
      ['help', 'saga'],
      ['saga', '--help'],
    ],
    [
      ['help', 'saga', 'retry'],
      ['saga', 'retry', '--help'],
    ],
  ])('%j says what %j says', (words, meant) => {
    expect(neverstop(...words)).toEqual(neverstop(...meant))
  })

  test('is refused for what a command does not have', () => {
    expect(neverstop('help', 'capacity', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining("'x'") })
  })

  test('is refused for a command that is not there, with the nearest that is', () => {
    const { status, stdout, stderr } = neverstop('help', 'saga', 'retyr')

    expect(status).toBe(2)
    expect(stderr).toContain("'retyr' is not a command; did you mean 'retry'?")
    expect(stdout).toBe('')
  })
})
