import { CfnResource, Validations } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { beforeAll, describe, expect, test } from 'vitest'
import { emptyStack, treeOf } from './support/app.ts'

/** The packs, and each deaf to acknowledgements: what it finds then is what had to be explained. */
const packs: Readonly<Record<string, () => NagPack>> = {
  AwsSolutions: () => new AwsSolutionsChecks(),
  Serverless: () => new ServerlessChecks(),
}
const unforgiving = (pack: NagPack): NagPack => Object.assign(pack, { isAcknowledged: () => false })

type Finding = { readonly rule: string; readonly path: string }

const findings = (pack: NagPack, tree: IConstruct): Finding[] =>
  pack
    .validateScope(tree)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
    )

/** The resources that a pack put its rules to. */
const lookedAt = (pack: NagPack, tree: IConstruct): ReadonlySet<string> => {
  const seen = new Set<string>()
  const checks = pack as unknown as { checkResource: (resource: CfnResource) => void }
  const check = checks.checkResource.bind(pack)
  checks.checkResource = (resource) => {
    seen.add(resource.node.path)
    check(resource)
  }
  findings(pack, tree)
  return seen
}

const acknowledgements = (tree: IConstruct) =>
  tree.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ path: node.path, rule: id.replace(/^annotation::/i, ''), reason })),
  )

const covers = (path: string, finding: string) => path === '' || finding === path || finding.startsWith(`${path}/`)

describe.each(['local', 'dev', 'test', 'prod'] as const)('on stage %s', (stage) => {
  let tree: IConstruct
  let found: Readonly<Record<string, { readonly open: Finding[]; readonly all: Finding[] }>>
  beforeAll(() => {
    tree = treeOf(stage)
    found = Object.fromEntries(
      Object.entries(packs).map(([name, pack]) => [
        name,
        { open: findings(pack(), tree), all: findings(unforgiving(pack()), tree) },
      ]),
    )
  })

  test.each(Object.keys(packs))('the rules of %s find nothing that is not explained', (pack) => {
    expect(found[pack]!.open).toEqual([])
  })

  test.each(Object.keys(packs))('the rules of %s look at every resource', (pack) => {
    const resources = tree.node.findAll().filter((construct) => construct instanceof CfnResource)
    const looked = lookedAt(packs[pack]!(), tree)
    expect(resources.length).toBeGreaterThan(400)
    expect(looked.size).toBe(resources.length)
    // A pack that finds nothing at all before it is told why may be one that does not look.
    expect(found[pack]!.all.length).toBeGreaterThan(50)
  })

  test('they are set aside only with a reason that says something', () => {
    const all = acknowledgements(tree)
    expect(all.length).toBeGreaterThan(0)
    for (const { path, rule, reason } of all) {
      expect(reason.length, `${path}: ${rule}`).toBeGreaterThan(40)
      expect(reason, `${path}: ${rule}`).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('they are set aside only where they would find something', () => {
    const all = Object.values(found).flatMap((pack) => pack.all)
    const idle = acknowledgements(tree).filter(
      ({ path, rule }) => !all.some((finding) => finding.rule === rule && covers(path, finding.path)),
    )
    expect(idle.map(({ path, rule }) => `${path}: ${rule}`)).toEqual([])
  })
})

describe('a queue that nobody explained', () => {
  const bare = () => {
    const stack = emptyStack()
    new Queue(stack, 'Bare')
    return stack
  }

  test.each([
    ['AwsSolutions', 'AwsSolutions-SQS4'],
    ['Serverless', 'Serverless-SQSRedrivePolicy'],
  ])('is found by %s', (pack, rule) => {
    expect(findings(packs[pack]!(), bare())).toContainEqual({ rule, path: 'neverstop-local-payments/Bare/Resource' })
  })

  test('is found no more once it is explained, and the explanation of another does not do', () => {
    const stack = bare()
    const id = 'Serverless-SQSRedrivePolicy'
    const reason = 'A queue to try things with, which may lose what it holds.'
    Validations.of(new Queue(stack, 'Other')).acknowledge({ id, reason })
    const paths = () =>
      findings(packs.Serverless!(), stack)
        .filter(({ rule }) => rule === id)
        .map(({ path }) => path)
    expect(paths()).toEqual(['neverstop-local-payments/Bare/Resource'])
    Validations.of(stack).acknowledge({ id, reason })
    expect(paths()).toEqual([])
  })
})
