import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const files = globSync('.github/workflows/*.yml').sort()
const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts

describe('the workflows', () => {
  test('prove every level, on both clouds, and what npm test has to fetch', () => {
    const text = readFileSync('.github/workflows/check.yml', 'utf8')
    const runs = [...text.matchAll(/run: (npm (?:test|run).*)/g)].map(([, command]) => command)
    expect(runs).toEqual([
      'npm test',
      'npm run lint:cfn',
      'npm test -- --cloud localstack',
      'npm run parity -- --cloud "$CLOUD"',
    ])
    expect(text).toMatch(/matrix:\n +cloud: \[embedded, localstack\]/)
  })

  test('are those that the page about deployment speaks of', () => {
    expect(files).toEqual(['.github/workflows/check.yml', '.github/workflows/deploy.yml'])
    const page = readFileSync('docs/deploy.md', 'utf8')
    for (const file of files) expect(page).toContain(file)
  })

  test('borrow a role for as long as a deployment may take, which the page lets them', () => {
    const text = readFileSync('.github/workflows/deploy.yml', 'utf8')
    const number = (pattern: RegExp, from: string) => Number(pattern.exec(from)?.[1])
    const lent = number(/role-duration-seconds: (\d+)/, text)
    expect(lent).toBe(number(/timeout-minutes: (\d+)/, text) * 60)
    expect(lent).toBe(number(/--max-session-duration (\d+)/, readFileSync('docs/deploy.md', 'utf8')))
  })

  test('deploy where pages go as the environment says, and leave it to the stage where it says nothing', () => {
    const text = readFileSync('.github/workflows/deploy.yml', 'utf8')
    expect(text).toMatch(/ALARM_EMAIL: \$\{\{ vars\.ALARM_EMAIL \}\}/)
    const deployments = text.match(/run: \.\/neverstop deploy .*/g)!
    expect(deployments).toHaveLength(2)
    for (const line of deployments) expect(line).toMatch(/ \$\{ALARM_EMAIL:\+--alarm-email "\$ALARM_EMAIL"\}/)
    expect(readFileSync('docs/deploy.md', 'utf8')).toContain('`ALARM_EMAIL`')
  })

  test.each(files)('%s trusts actions by their commit, not by a tag that may move', (file) => {
    const uses = readFileSync(file, 'utf8').match(/uses: .*/g) ?? []
    expect(uses.length).toBeGreaterThan(0)
    for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test.each(files)('%s stores no key, and may do no more than it says', (file) => {
    const text = readFileSync(file, 'utf8')
    expect(text).not.toMatch(/secrets\.|AWS_ACCESS_KEY|AWS_SECRET/)
    const [permissions] = /^permissions:\n(?: {2}.*\n)+/m.exec(text)!
    expect(permissions).toContain('contents: read')
    expect(permissions).not.toContain('contents: write')
    expect(permissions.includes('id-token: write')).toBe(file.endsWith('deploy.yml'))
    expect(text).toContain('persist-credentials: false')
    expect(text).toMatch(/timeout-minutes: \d+/)
  })

  test.each(files)('%s runs what there is', (file) => {
    const text = readFileSync(file, 'utf8')
    for (const [, script] of text.matchAll(/run: npm (?:run )?([\w:]+)/g))
      if (script !== 'ci') expect(scripts).toHaveProperty(script!)
    // What an operator types goes to the shell by the environment, never into its text.
    for (const [, word] of text.matchAll(/run: .*\$\{\{ (.*?) \}\}/g))
      expect(word).toMatch(/^inputs\.\w+ && '--\w+' \|\| ''$/)
  })
})
