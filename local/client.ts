import { devNull } from 'node:os'

/** Where the API of a cloud is and as whom to speak to it. Fits the constructor of every AWS SDK client. */
export type ClientConfig = {
  region: string
  endpoint: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/** The AWS account id of every local cloud. The emulator takes a 12-digit access key for the account's id. */
export const localAccount = '000000000000'

/**
 * The SDK configuration of a local cloud.
 *
 * @example
 * new SQSClient(localClientConfig({ port: 4566, region: 'eu-central-1' }))
 */
export const localClientConfig = ({ port, region }: { port: number; region: string }): ClientConfig => ({
  region,
  endpoint: `http://localhost:${port}`,
  credentials: { accessKeyId: localAccount, secretAccessKey: 'local' },
})

/**
 * The environment of a child process that brings its own SDK (the CDK command line): the inherited one with every
 * AWS setting of the user taken out, so that no profile, token or endpoint of theirs can lead to a real account.
 */
export const clientEnvironment = (
  { region, endpoint, credentials }: ClientConfig,
  inherited: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(inherited).filter(([name]) => !name.startsWith('AWS_'))),
  AWS_ENDPOINT_URL: endpoint,
  // By number: of a name the SDK makes one per bucket, and not every machine finds those.
  AWS_ENDPOINT_URL_S3: endpoint.replace('//localhost', '//127.0.0.1'),
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_PROXY: [inherited.NO_PROXY, 'localhost', '127.0.0.1'].filter(Boolean).join(','),
})

/**
 * The SDK configuration of an account: the region alone, since the SDK finds endpoint and credentials by itself. Whoever
 * asks for those two speaks to a local cloud only, where they are.
 */
export const accountConfig = (region: string): ClientConfig => ({ region }) as ClientConfig
