import { type CloudKind, capabilitiesOf } from '../capabilities.ts'
import { Failure } from '../failure.ts'

/** What a LocalStack says of itself. */
export type Health = { version: string; edition: string; services: readonly string[] }

/** Asks whether a LocalStack answers on a port of this machine, and which. */
export const askHealth = (port: number): Promise<Health | undefined> =>
  fetch(`http://127.0.0.1:${port}/_localstack/health`, { signal: AbortSignal.timeout(3_000) }).then(
    async (response) => (response.ok ? readHealth(await response.json()) : undefined),
    () => undefined,
  )

/** The health document of LocalStack, or undefined when it is another service's. */
export const readHealth = (document: unknown): Health | undefined => {
  const { version, edition, services } = (document ?? {}) as Record<string, unknown>
  if (typeof version !== 'string' || typeof edition !== 'string' || typeof services !== 'object') return undefined
  const usable = Object.entries(services ?? {}).filter(([, state]) => state === 'running' || state === 'available')
  return { version, edition, services: usable.map(([name]) => name).sort() }
}

/** The services without which no stage can be deployed. */
const needed = ['apigateway', 'cloudformation', 'cloudwatch', 'dynamodb', 'dynamodbstreams', 'events', 'iam', 'lambda']
  .concat(['logs', 's3', 'sns', 'sqs', 'ssm', 'sts'])
  .sort()

/** What it lacks of the services that a stage needs. */
export const missingServices = ({ services }: Health): string[] => needed.filter((name) => !services.includes(name))

/**
 * The editions that are known: `community` was the image that asked for no token, `pro` is what the image calls itself
 * that asks for one, and `unknown` is what LocalStack says when it was started from Python packages instead of an image.
 */
const editions: Readonly<Record<string, CloudKind>> = {
  community: 'localstack-open',
  unknown: 'localstack-open',
  pro: 'localstack-licensed',
}

/** Which kind it is, when somebody else started it. An edition that is not known here is taken for a licensed one. */
export const kindOf = ({ edition }: Health): CloudKind => editions[edition] ?? 'localstack-licensed'

/** `LocalStack 4.14.0, community edition`. */
export const describeHealth = ({ version, edition }: Health): string =>
  `LocalStack ${version}, ${edition} edition${edition in editions ? '' : ' (not known here, taken for a licensed one)'}`

/**
 * Why no stage may be deployed to it, or undefined: an API whose authorizer nobody asks would let everybody in.
 *
 * @example
 * whyUnfit({ version: '4.14.0', edition: 'community', services: [] }, 4566)?.message
 * // 'LocalStack 4.14.0, community edition on port 4566 asks no Lambda authorizer: the API would stand open'
 */
export const whyUnfit = (health: Health, port: number): Failure | undefined =>
  capabilitiesOf(kindOf(health)).has('authorizers')
    ? undefined
    : new Failure(`${describeHealth(health)} on port ${port} asks no Lambda authorizer: the API would stand open`, {
        remedy:
          'let the open release run beside it with the plugin of this checkout: NEVERSTOP_LOCALSTACK=host and another --port',
      })
