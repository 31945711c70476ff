import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stageKinds } from '../../infra/stages.ts'
import { ensurePython } from '../../local/python.ts'
import { assembleStages } from '../infra/support/assemble.ts'
import { installation, lint, tellFinding } from './lint.ts'

/**
 * `npm run lint:cfn`: cfn-lint over the templates of every stage, for the regions whose prices are known. It knows the
 * schemas of CloudFormation, which the CDK's types only come near to. Apart from `npm test`, since it fetches Python
 * packages the first time. Exit code 1 when there is a finding, or when a template that is broken on purpose has none.
 */
const folder = mkdtempSync(join(tmpdir(), 'neverstop-templates-'))
try {
  const python = await ensurePython(installation, console.log)

  const broken = join(folder, 'broken')
  mkdirSync(broken)
  writeFileSync(
    join(broken, 'broken.template.json'),
    JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 'soon' } } } }),
  )
  const [proof] = await lint(python, [join(broken, 'broken.template.json')])
  console.log(proof ? '✓ a broken template is found out' : '✗ nothing is found in a broken template')
  if (!proof) process.exitCode = 1

  assembleStages(folder)
  for (const stage of stageKinds) {
    const files = readdirSync(join(folder, stage))
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => join(folder, stage, file))
    const findings = await lint(python, files)
    // No templates are no success.
    const good = files.length > 0 && findings.length === 0
    console.log(`${good ? '✓' : '✗'} ${stage}: ${files.length} templates, ${findings.length} findings`)
    for (const finding of findings) console.log(`  ${tellFinding(finding)}`)
    if (!good) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
