import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import { LambdaApplication, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IConstruct } from 'constructs'
import { rollouts } from '../stages.ts'
import { acknowledge } from './acknowledge.ts'
import { type AlarmKind, pages, ServiceAlarm } from './service-alarm.ts'
import { ServiceFunction } from './service-function.ts'
import { ServiceStack } from './service-stack.ts'
import { allOf } from './tree.ts'

/** CodeDeploy watches no more than this for one group. */
const mostAlarms = 10

/** What EventBridge could not deliver is no fault of new code; and its alarm waits for a rule that waits for the alias. */
const notOurs: AlarmKind = 'delivery-lost'

/**
 * Lets new code of every function take over as its stage says: a share of the calls first, all of them once the alarms
 * of its service have kept quiet, and none again when one of them rings. It comes after everything else, since it looks
 * for the alarms that there are.
 *
 * @see https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
 */
export const rollOut = (root: IConstruct) => {
  for (const stack of allOf(root, ServiceStack)) rollOutStack(stack)
}

const rollOutStack = (stack: ServiceStack) => {
  const { rollout } = stack.site.stage
  const functions = allOf(stack, ServiceFunction)
  if (rollout === undefined || functions.length === 0) return
  const application = new LambdaApplication(stack, 'Rollout', { applicationName: stack.stackName })
  const role = new Role(stack, 'RolloutRole', {
    assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
    description: `Moves the aliases of ${stack.stackName}`,
  })
  acknowledge(role, {
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    reason: 'The policy that CodeDeploy documents for moving aliases; only CodeDeploy can assume the role.',
  })
  const { deployment, watched } = rollouts[rollout]
  const serious = allOf(stack, ServiceAlarm).filter(
    ({ severity, owner, partOf, kind }) =>
      pages(severity) && owner === stack.owner && partOf === undefined && kind !== notOurs,
  )
  for (const fn of functions) {
    if (!fn.alias) continue
    // Its own first: what is over the limit are other functions' alarms, which ring for their own group.
    const own = new Set(allOf(fn, ServiceAlarm))
    const near = (alarm: ServiceAlarm) => (own.has(alarm) ? 0 : 1)
    const alarms: IAlarm[] = [...serious]
      .sort((a, b) => near(a) - near(b))
      .slice(0, mostAlarms)
      .map(({ alarm }) => alarm)
    new LambdaDeploymentGroup(fn, 'Rollout', {
      application,
      alias: fn.alias,
      role,
      deploymentGroupName: fn.handler,
      deploymentConfig: deployment,
      alarms,
      ignoreAlarmConfiguration: !watched,
      autoRollback: {
        failedDeployment: true,
        stoppedDeployment: true,
        deploymentInAlarm: watched && alarms.length > 0,
      },
    })
  }
}
