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
 * The same as environment variables, for a child process that brings its own SDK (the CDK command line).
 *
 * Profiles and session tokens of the user are blanked: with them a child could reach a real account.
 */
export const clientEnvironment = ({ region, endpoint, credentials }: ClientConfig): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_EC2_METADATA_DISABLED: 'true',
})
