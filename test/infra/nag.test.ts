import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { beforeAll, describe, expect, test } from 'vitest'
import { treeOf } from './support/app.ts'

/** The same checks, deaf to acknowledgements: what they find is what had to be explained. */
class Unforgiving extends AwsSolutionsChecks {
  constructor() {
    super()
    Object.assign(this, { isAcknowledged: () => false })
  }
}

type Finding = { readonly rule: string; readonly path: string }

const findings = (pack: AwsSolutionsChecks, tree: IConstruct): Finding[] =>
  pack
    .validateScope(tree)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
    )

const acknowledgements = (tree: IConstruct) =>
  tree.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ path: node.path, rule: id.replace(/^annotation::/i, ''), reason })),
  )

describe.each(['local', 'dev'] as const)('the AWS Solutions rules on stage %s', (stage) => {
  let tree: IConstruct
  beforeAll(() => {
    tree = treeOf(stage)
  })

  test('find nothing that is not explained', () => {
    expect(findings(new AwsSolutionsChecks(), tree)).toEqual([])
  })

  test('are set aside only with a reason that says something', () => {
    const all = acknowledgements(tree)
    expect(all.length).toBeGreaterThan(0)
    for (const { path, rule, reason } of all) {
      expect(reason.length, `${path}: ${rule}`).toBeGreaterThan(40)
      expect(reason, `${path}: ${rule}`).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('are set aside only where they would find something', () => {
    const found = findings(new Unforgiving(), tree)
    const idle = acknowledgements(tree).filter(
      ({ path, rule }) => !found.some((finding) => finding.rule === rule && finding.path.startsWith(path)),
    )
    expect(idle.map(({ path, rule }) => `${path}: ${rule}`)).toEqual([])
  })
})
