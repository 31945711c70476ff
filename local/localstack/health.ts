import type { CloudKind } from '../capabilities.ts'

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

/** Which kind it is, when somebody else started it. */
export const kindOf = ({ edition }: Health): CloudKind =>
  edition === 'community' ? 'localstack-open' : 'localstack-licensed'

/** `LocalStack 4.14.0, community edition`. */
export const describeHealth = ({ version, edition }: Health): string => `LocalStack ${version}, ${edition} edition`
