import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import type { Backend, Cloud } from '../adapter.ts'
import { capabilitiesOf } from '../capabilities.ts'
import { localClientConfig } from '../client.ts'
import { forget } from '../emulator.ts'
import { Failure } from '../failure.ts'
import { defaultPort, type Settings } from '../settings.ts'

/** Any other emulator, by its URL. Nothing is assumed of who answers; it is started and stopped by somebody else. */
export const endpoint: Backend = {
  name: 'endpoint',
  // It is never stopped from here.
  keepsState: true,

  find: async (settings) => {
    const cloud = toCloud(settings)
    const because = await silence(cloud)
    return { ...cloud, healthy: because === undefined, because }
  },

  up: async (settings, progress) => {
    const cloud = await endpoint.find(settings)
    if (!cloud.healthy) {
      throw new Failure(cloud.because!, { remedy: 'start it, and name its URL in NEVERSTOP_ENDPOINT' })
    }
    progress(`${cloud.description} answers`)
    return cloud
  },

  down: async ({ state }, { purge }, progress) => {
    progress('the endpoint was not started here: it is left as it is')
    if (purge) await forget(state)
    return false
  },
}

const toCloud = ({ endpoint: url, port = defaultPort, region }: Settings): Cloud => {
  const config = localClientConfig({ port, region })
  const clientConfig = url ? { ...config, endpoint: url } : config
  return {
    backend: 'endpoint',
    kind: 'unknown',
    capabilities: capabilitiesOf('unknown'),
    description: `endpoint ${clientConfig.endpoint}`,
    port: Number(new URL(clientConfig.endpoint).port || 80),
    healthy: true,
    clientConfig,
  }
}

/** Why it cannot be used: CloudFormation, by which everything is deployed, does not answer. */
const silence = async ({ clientConfig }: Cloud): Promise<string | undefined> => {
  const client = new CloudFormationClient({ ...clientConfig, maxAttempts: 1 })
  try {
    await client.send(new ListStacksCommand({}), { abortSignal: AbortSignal.timeout(5_000) })
    return undefined
  } catch (error) {
    const why = error instanceof Error && error.message ? error.message : String(error)
    return `CloudFormation does not answer at ${clientConfig.endpoint}: ${why}`
  } finally {
    client.destroy()
  }
}
