import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import houseRules from '../../../.dependency-cruiser.mjs'

const root = resolve(import.meta.dirname, '../../..')
let house: string

beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'house-'))
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  put(
    'package.json',
    JSON.stringify({
      type: 'module',
      dependencies: { zod: '*', '@aws-sdk/client-sqs': '*' },
      devDependencies: { vitest: '*' },
    }),
  )
})
afterEach(() => rmSync(house, { recursive: true, force: true }))

const put = (path: string, text: string) => {
  mkdirSync(join(house, dirname(path)), { recursive: true })
  writeFileSync(join(house, path), text)
}

/** The names of the rules that a house of these files breaks. */
const broken = (files: Readonly<Record<string, string>>): string[] => {
  for (const [path, text] of Object.entries(files)) put(path, text)
  const rooms = [...new Set(Object.keys(files).map((path) => path.split('/')[0]!))]
  const { stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/depcruise'),
    ['--config', join(root, '.dependency-cruiser.mjs'), '--output-type', 'json', ...rooms],
    { cwd: house, encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  const { summary } = JSON.parse(stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string } }[] }
  }
  expect(summary.totalCruised).toBeGreaterThanOrEqual(Object.keys(files).length)
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort()
}

const value = 'export const value = 1'
const using = (path: string) => `import { value } from '${path}'\nexport const its = value`
const sdk = "import { SQSClient } from '@aws-sdk/client-sqs'\nexport const value = SQSClient"

/** For each rule, the least house that breaks it and no other. */
const breaking: Record<string, Record<string, string>> = {
  'pure-core-has-no-sdk': { 'functions/payments/decide.ts': using('./store.ts'), 'functions/payments/store.ts': sdk },
  'pure-core-has-no-node': {
    'sagas/engine/transition.ts': "import { randomUUID } from 'node:crypto'\nexport const value = randomUUID",
  },
  'pure-core-reads-no-environment': {
    'sagas/engine/transition.ts': using('./environment.ts'),
    'sagas/engine/environment.ts': value,
  },
  'contexts-are-strangers': {
    'functions/payments/service.ts': using('../shipping/service.ts'),
    'functions/shipping/service.ts': value,
  },
  'functions-share-two-rooms': {
    'functions/payments/service.ts': using('../../sagas/index.ts'),
    'sagas/index.ts': value,
  },
  'events-depend-on-nothing': { 'events/payments.ts': using('../cli/output.ts'), 'cli/output.ts': value },
  'toolkit-knows-no-domain': { 'reactive/send.ts': using('../events/payments.ts'), 'events/payments.ts': value },
  'engine-knows-no-saga': {
    'sagas/engine/coordinator.ts': using('../fulfil-order.ts'),
    'sagas/fulfil-order.ts': value,
  },
  'engine-knows-no-operator': {
    'sagas/engine/coordinator.ts': using('../operators/service.ts'),
    'sagas/operators/service.ts': value,
  },
  'sagas-read-no-service': {
    'sagas/operators/service.ts': using('../../functions/payments/store.ts'),
    'functions/payments/store.ts': value,
  },
  'stacks-import-handlers-by-path-only': {
    'infra/stack.ts': using('../functions/payments/service.ts'),
    'functions/payments/service.ts': value,
  },
  'only-local-knows-backends': { 'infra/stack.ts': using('../local/backend.ts'), 'local/backend.ts': value },
  'labs-ask-no-cloud': { 'labs/breaker.ts': using('../local/backend.ts'), 'local/backend.ts': value },
  'labs-use-no-sdk': { 'labs/breaker.ts': using('../reactive/store.ts'), 'reactive/store.ts': sdk },
  'audit-is-independent': { 'cli/audit/read.ts': using('../../reactive/time.ts'), 'reactive/time.ts': value },
  'no-cycles': { 'cli/a.ts': `${using('./b.ts')}\n${value}`, 'cli/b.ts': `${using('./a.ts')}\n${value}` },
  'no-undeclared-packages': { 'cli/a.ts': "import { glob } from 'knip'\nexport const value = glob" },
  'deployed-code-needs-run-time-packages': {
    'reactive/a.ts': "import { test } from 'vitest'\nexport const value = test",
  },
}

describe('the rules of the house', () => {
  test('have a breaking house each', () => {
    expect(Object.keys(breaking).sort()).toEqual(houseRules.forbidden.map(({ name }: { name: string }) => name).sort())
  })

  test.each(Object.entries(breaking))('%s is found broken', (rule, files) => {
    expect(broken(files)).toContain(rule)
  })

  test('are kept by a house that is in order', () => {
    expect(
      broken({ 'functions/payments/decide.ts': using('../../events/payments.ts'), 'events/payments.ts': value }),
    ).toEqual([])
  })
})
