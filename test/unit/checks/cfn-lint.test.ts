import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findingsIn, installation, tellFinding } from '../../cfn-lint/lint.ts'

const finding = {
  Rule: { Id: 'E3012', Description: 'Check values', ShortDescription: 'types', Source: '' },
  Level: 'Error',
  Message: "'soon' is not of type 'integer'",
  Filename: '/somewhere/neverstop-dev-payments.template.json',
  Location: { Path: ['Resources', 'Queue', 'Properties', 'VisibilityTimeout'], Start: {}, End: {} },
}

describe('what cfn-lint says', () => {
  test('is read with the place and the rule', () => {
    const [read] = findingsIn(JSON.stringify([finding]), '')
    expect(tellFinding(read!)).toBe(
      "E3012 neverstop-dev-payments.template.json Resources/Queue/Properties/VisibilityTimeout: 'soon' is not of type 'integer'",
    )
  })

  test('is nothing only when it says that', () => {
    expect(findingsIn('[]', 'a warning of Python')).toEqual([])
  })

  test.each([
    ['nothing', '', 'ModuleNotFoundError: No module named cfnlint'],
    ['something else', 'usage: cfn-lint', ''],
    ['another document', '{"findings":[]}', ''],
  ])('is no success when it says %s', (_, stdout, stderr) => {
    expect(() => findingsIn(stdout, stderr)).toThrow(`cfn-lint does not say what it found: ${stderr || stdout}`)
  })
})

test('cfn-lint and all that it imports are pinned with hashes', () => {
  const lines = readFileSync(installation.requirements, 'utf8').split('\n')
  const packages = lines.filter((line) => /^[a-z]/.test(line))
  expect(packages.length).toBeGreaterThan(5)
  for (const line of packages) expect(line).toMatch(/^[a-z0-9-]+==[\w.]+( ; [^\\]+)? \\$/)
  expect(lines.filter((line) => line.includes('--hash=sha256:')).length).toBeGreaterThanOrEqual(packages.length)
})
