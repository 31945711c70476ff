import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { Failure } from '../../local/failure.ts'

/** An account that can be deployed to. */
export type Account = { readonly id: string; readonly region: string }

/** What is asked of CloudFormation: the id of the stack that the CDK bootstraps, or undefined when there is none. */
export type AskToolkit = (region: string) => Promise<string | undefined>

/** CloudFormation's own answer, with the credentials that the SDK finds. */
export const askToolkit: AskToolkit = async (region) => {
  const client = new CloudFormationClient({ region, maxAttempts: 2 })
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }))
    return Stacks[0]?.StackId
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined
    throw error
  } finally {
    client.destroy()
  }
}

/**
 * Looks whether there is an account behind the credentials of this environment and whether it is bootstrapped.
 *
 * @throws Failure that says what to do when it is not.
 *
 * @example
 * await lookAtAccount('eu-central-1') // { id: '123456789012', region: 'eu-central-1' }
 */
export const lookAtAccount = async (region: string, ask: AskToolkit = askToolkit): Promise<Account> => {
  const stackId = await ask(region).catch(explainAccount)
  const id = /^arn:[^:]+:cloudformation:[^:]+:(\d{12}):/.exec(stackId ?? '')?.[1]
  if (id) return { id, region }
  throw new Failure(`the account has not been prepared for the CDK in ${region}`, {
    remedy: `prepare it once with 'npx cdk bootstrap aws://<account id>/${region}'`,
  })
}

const withoutCredentials =
  /CredentialsProviderError|could not load credentials|token (is|has) expired|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|security token/i
const withoutNetwork = /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|getaddrinfo|Timeout/i
const withoutRight = /AccessDenied|not authorized|UnauthorizedOperation/i

/** Turns what an SDK throws about an account into what its reader can do about it; anything else is thrown as it is. */
export const explainAccount = (error: unknown): never => {
  const { name = '', message = '', code = '' } = error as Error & { code?: string }
  const said = `${name} ${code} ${message}`
  if (withoutCredentials.test(said))
    throw new Failure('there are no credentials for an AWS account, or they are no longer good', {
      remedy: "sign in ('aws sso login', or AWS_PROFILE, or AWS_ACCESS_KEY_ID and its like) and choose AWS_REGION",
      cause: error,
    })
  if (withoutRight.test(said))
    throw new Failure(`the account refuses: ${message}`, {
      remedy: 'use credentials that may read and change its stacks',
      cause: error,
    })
  if (withoutNetwork.test(said))
    throw new Failure(`AWS cannot be reached: ${message || code}`, { remedy: 'is there a network?', cause: error })
  throw error
}
