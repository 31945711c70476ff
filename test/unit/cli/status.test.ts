import { describe, expect, test } from 'vitest'
import { describeStatus } from '../../../cli/commands/status.ts'

const status: Parameters<typeof describeStatus>[0] = {
  description: 'ministack 1.5.33',
  port: 4566,
  api: 'http://localhost:4566/_aws/execute-api/a/v1/',
  lacks: [],
  stacks: [{ name: 'neverstop-local-payments', status: 'CREATE_COMPLETE' }],
  changes: [
    { rule: 'archives are left out', because: 'refused here', stack: 'neverstop-local-backbone', target: 'Archive' },
    { rule: 'archives are left out', because: 'refused here', stack: 'neverstop-local-archive', target: 'Archive' },
    { rule: 'policies', because: 'plain http', stack: 'neverstop-local-payments', target: 'Policy' },
  ],
  repairs: [{ repair: 'TTL', because: 'dropped', stack: 'neverstop-local-payments', resource: 'InboxTable' }],
}
const lines = (all: boolean) => describeStatus(status, { all }).split('\n')

describe('the status', () => {
  test('tells how many resources differ, why, and how to see which', () => {
    expect(lines(false)).toContain('  archives are left out (2): refused here')
    expect(lines(false)).toContain('Left out or changed for this backend (status --all names each):')
    expect(lines(false).join('\n')).not.toContain('neverstop-local-backbone/Archive')
  })

  test('names each of them with its stack when asked to', () => {
    const at = lines(true).indexOf('  archives are left out (2): refused here')
    expect(lines(true).slice(at + 1, at + 5)).toEqual([
      '    neverstop-local-archive/Archive',
      '    neverstop-local-backbone/Archive',
      '  policies (1): plain http',
      '    neverstop-local-payments/Policy',
    ])
    expect(lines(true)).toContain('    neverstop-local-payments/InboxTable')
  })

  test('says nothing of differences where there are none', () => {
    expect(describeStatus({ ...status, changes: [], repairs: [] }, { all: true })).not.toMatch(/Left out|Put in/)
  })
})
