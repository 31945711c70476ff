import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as z from 'zod'
import type { Installation } from '../../local/python.ts'

const run = promisify(execFile)

/** What its virtual environment holds. */
export const installation: Installation = {
  name: 'cfn-lint',
  requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)),
  python: { least: [3, 10] },
}

/** Rules that are not asked, each with its reason. */
const ignored = {
  W3005: 'The CDK writes down an order of creation that a reference implies already; twice does no harm.',
}

const regions = ['eu-central-1', 'us-east-1']

const found = z.array(
  z.object({
    Rule: z.object({ Id: z.string() }),
    Level: z.string(),
    Message: z.string(),
    Filename: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
  }),
)

export type Finding = z.infer<typeof found>[number]

/**
 * What cfn-lint finds in templates, warnings included.
 *
 * @throws Error with its own words when it does not say what it found.
 */
export const lint = async (python: string, files: readonly string[]): Promise<Finding[]> => {
  // The package has no module to run, and the script beside it knows the path under which it was built.
  const program = 'import sys; from cfnlint.runner import main; sys.exit(main())'
  const rules = ['--ignore-checks', ...Object.keys(ignored)]
  const words = ['-c', program, '--format', 'json', '--regions', ...regions, ...rules, '--template', ...files]
  const { stdout, stderr } = await run(python, words, { maxBuffer: 64 * 1024 * 1024 }).catch(
    // Findings make an exit code; so does everything that keeps it from finding any.
    (error: { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout ?? '',
      stderr: error.stderr ?? String(error),
    }),
  )
  return findingsIn(stdout, stderr)
}

/** The findings in an answer. One that is none is an error: silence would be taken for praise. */
export const findingsIn = (stdout: string, stderr: string): Finding[] => {
  try {
    return found.parse(JSON.parse(stdout))
  } catch (error) {
    throw new Error(`cfn-lint does not say what it found: ${(stderr || stdout).trim().slice(-2_000)}`, { cause: error })
  }
}

/** `E3012 neverstop-dev-payments.template.json Resources/Queue/Properties: 'soon' is not of type 'integer'` */
export const tellFinding = ({ Rule, Filename, Location, Message }: Finding): string =>
  `${Rule.Id} ${basename(Filename)} ${(Location.Path ?? []).join('/')}: ${Message}`
