import { Duration } from 'aws-cdk-lib'
import { AccountRecovery, FeaturePlan, Mfa, UserPool, UserPoolGroup } from 'aws-cdk-lib/aws-cognito'
import type { Construct } from 'constructs'
import { acknowledge } from '../constructs/acknowledge.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import type { Issuer } from '../stages.ts'

/** The user pool of a stage that has no issuer of its own, with the groups that the API knows. */
export class Identity extends ServiceStack {
  readonly issuer: Issuer

  constructor(scope: Construct, site: Site) {
    super(scope, 'identity', site, 'Users, their groups and the client that signs them in')
    const pool = new UserPool(this, 'Pool', {
      userPoolName: site.names.stack('users'),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      featurePlan: FeaturePlan.ESSENTIALS,
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      deletionProtection: site.stage.deletionProtection,
      removalPolicy: site.stage.removal,
    })
    acknowledge(
      pool,
      { id: 'AwsSolutions-COG2', reason: 'Customers choose a second factor themselves; it is offered to everybody.' },
      {
        id: 'AwsSolutions-COG8',
        reason: 'The plus plan is charged by active user; the essentials plan has what this platform uses.',
      },
    )
    for (const groupName of ['customers', 'operators', 'personal-data'])
      new UserPoolGroup(this, `Group-${groupName}`, { userPool: pool, groupName })
    const client = pool.addClient('Client', {
      // The command line sends the password, over TLS and to the pool alone; a browser proves that it knows it.
      authFlows: { userPassword: true, userSrp: true },
      generateSecret: false,
      preventUserExistenceErrors: true,
      accessTokenValidity: Duration.hours(1),
      idTokenValidity: Duration.hours(1),
      refreshTokenValidity: Duration.days(1),
    })
    this.issuer = { url: pool.userPoolProviderUrl, audience: client.userPoolClientId }
    this.output('UserPoolId', pool.userPoolId)
    this.output('UserPoolClientId', client.userPoolClientId)
    this.output('Issuer', pool.userPoolProviderUrl)
  }
}
