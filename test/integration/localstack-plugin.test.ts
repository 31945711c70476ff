import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'
import { embeddedInstallation } from '../../local/embedded/cloud.ts'
import { pluginFolder } from '../../local/localstack/environment.ts'
import { hostInstallation } from '../../local/localstack/host.ts'
import { ensurePython } from '../../local/python.ts'
import { checkout } from '../../local/settings.ts'

/**
 * The plugin's own tests, in Python, each counted as a test of this level. Most need nothing but Python, which every
 * cloud of this checkout brings along; those that speak to LocalStack's packages need the environment that has them.
 */
const run = promisify(execFile)

const onLocalStack = inject('chosen').cloud === 'localstack'
const alone = ['test_admission', 'test_polling', 'test_report', 'test_streams', 'test_tokens', 'test_worker']
const withLocalStack = ['test_executor', 'test_moto_tables']

type Verdict = { name: string; verdict: string }

const verdicts = async (modules: readonly string[]): Promise<{ tests: Verdict[]; told: string }> => {
  const silent = () => undefined
  const python = await ensurePython(onLocalStack ? hostInstallation : embeddedInstallation, silent)
  const { stderr } = await run(python, ['-m', 'unittest', '-v', ...modules.map((name) => `tests.${name}`)], {
    cwd: pluginFolder,
    env: {
      ...process.env,
      NEVERSTOP_NODE: join(checkout, 'node_modules', '.bin', 'node'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
    timeout: 300_000,
  }).catch((error: Error & { stderr?: string }) => ({ stderr: error.stderr ?? error.message }))
  const tests = [...stderr.matchAll(/^(test_\w+) \(([\w.]+)\).*? \.\.\. (ok|FAIL|ERROR)$/gm)].map(
    ([, name, place, verdict]) => ({
      name: `${place!.split('.').at(-2)}: ${name!.replace(/^test_/, '').replaceAll('_', ' ')}`,
      verdict: verdict!,
    }),
  )
  return { tests, told: stderr }
}

const { tests, told } = await verdicts([...alone, ...(onLocalStack ? withLocalStack : [])])

describe('the plugin for LocalStack', () => {
  test('has tests that ran', () => {
    expect(tests.length, told).toBeGreaterThan(50)
  })

  test.each(tests)('$name', ({ verdict }) => {
    expect(verdict, told).toBe('ok')
  })

  if (!onLocalStack) test.skip.each(withLocalStack)('%s needs the packages of LocalStack', () => undefined)
})
