import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layout } from '../layout.ts'
import { checkout } from '../settings.ts'

/** Where Python finds our plugin: the package, and beside it what tells LocalStack of it. */
export const pluginFolder = fileURLToPath(new URL('plugin', import.meta.url))

/**
 * The environment in which LocalStack runs on this machine. Only what is listed reaches it: the user's own AWS and
 * LocalStack settings do not.
 */
export const hostEnvironment = (
  { state, port }: { state: string; port: number },
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> => {
  const { tmp } = layout(state)
  const bin = join(checkout, 'node_modules', '.bin')
  return {
    HOME: inherited.HOME ?? state,
    LANG: inherited.LANG ?? 'C.UTF-8',
    PATH: [bin, inherited.PATH ?? '/usr/bin:/bin'].join(delimiter),
    PYTHONPATH: pluginFolder,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    // Functions run on Node 24 of this checkout, not on the machine's.
    NEVERSTOP_NODE: join(bin, 'node'),
    // Where entry points are remembered; the user's own cache would tell of other environments.
    XDG_CACHE_HOME: join(tmp, 'cache'),
    TMPDIR: tmp,
    FILESYSTEM_ROOT: join(tmp, 'localstack'),
    OVERRIDE_IN_DOCKER: '0',
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_HOST: `localhost:${port}`,
    ALLOW_NONSTANDARD_REGIONS: '0',
    // Nothing is fetched and nothing is told while it runs.
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    // No engine is used; a path that does not exist keeps it from looking for one.
    DOCKER_HOST: `unix://${join(tmp, 'no-docker.sock')}`,
    // A resource that it would only pretend to create stops the deployment.
    CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES: '0',
    // Its services ask each other without a connection and a request for each question.
    IN_MEMORY_CLIENT: '1',
    PROVIDER_OVERRIDE_DYNAMODB: 'moto',
    PROVIDER_OVERRIDE_DYNAMODBSTREAMS: 'moto',
    SQS_ENDPOINT_STRATEGY: 'path',
    SQS_ENABLE_MESSAGE_RETENTION_PERIOD: '1',
    LAMBDA_RUNTIME_EXECUTOR: 'process',
    // A minute on AWS, and two the second time.
    LAMBDA_RETRY_BASE_DELAY: '2',
    LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: '0.05',
    LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: '0.25',
  }
}
