import { CfnResource, type IAspect } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { brokenRules } from '../../reactive/timing.ts'
import { definitions } from '../../sagas/index.ts'
import { ServiceStack } from '../constructs/service-stack.ts'
import { outrun } from '../sagas.ts'
import { type References, referencesBelow } from './references.ts'
import { brokenBy } from './rules.ts'

/**
 * Lets nothing be synthesized whose times and counts do not hold together, whichever construct made it: a visibility that
 * ends before its handler does, a dead letter that is forgotten before its source. All that is broken is told at once,
 * each with the place in the tree.
 *
 * @example
 * Aspects.of(app).add(new Physics())
 */
export class Physics implements IAspect {
  private references: References | undefined
  private readonly judged = new Set<unknown>()

  visit(node: IConstruct) {
    this.references ??= referencesBelow(node.node.root)
    const broken = CfnResource.isCfnResource(node) ? brokenBy(node, this.references) : this.timingOf(node)
    if (broken.length > 0) node.node.addValidation({ validate: () => broken })
  }

  /** The rules of a stage's timing, told by the first of its stacks. */
  private timingOf(node: IConstruct): string[] {
    if (!(node instanceof ServiceStack) || this.judged.has(node.site.stage.timing)) return []
    const { timing, timingName } = node.site.stage
    this.judged.add(timing)
    return [...brokenRules(timing), ...outrun(definitions, timing)].map(
      (rule) => `the timing '${timingName}' breaks a rule: ${rule}`,
    )
  }
}
