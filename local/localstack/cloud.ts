import type { Backend, Cloud, Progress } from '../backend.ts'
import { capabilitiesOf } from '../capabilities.ts'
import { localClientConfig } from '../client.ts'
import { forget } from '../emulator.ts'
import { Failure } from '../failure.ts'
import { whyNotPython } from '../python.ts'
import { readRecord } from '../record.ts'
import { defaultPort, type Settings } from '../settings.ts'
import { containerRuns, engineAnswers, startContainer, stopContainer } from './container.ts'
import { askHealth, describeHealth, type Health, kindOf, missingServices } from './health.ts'
import { host, hostInstallation } from './host.ts'
import { localstackPeek } from './peek.ts'
import { chooseWay, type Way } from './ways.ts'

const portOf = ({ port }: Settings) => port ?? defaultPort

/** LocalStack: one that runs already, the official container, or the last open release on this machine. */
export const localstack: Backend = {
  name: 'localstack',
  peek: localstackPeek,
  // Neither the open edition does, nor the container as it is started here.
  keepsState: false,

  find: async (settings) => {
    const ours = await startedHere(settings)
    if (ours === 'host') return await host.find(settings)
    const health = await askHealth(portOf(settings))
    if (health) return toCloud(settings, health)
    return await host.find(settings)
  },

  whyNot: async (settings) => {
    const choice = await choose(settings)
    if ('refused' in choice) return new Failure(choice.refused, { remedy: choice.remedy })
    return choice.way === 'host' ? await whyNotPython(hostInstallation) : undefined
  },

  up: async (settings, progress) => {
    const choice = await choose(settings)
    if ('refused' in choice) throw new Failure(choice.refused, { remedy: choice.remedy })
    progress(`LocalStack, ${said[choice.way]}: ${choice.because}`)
    return await begin[choice.way](settings, progress)
  },

  down: async (settings, choice, progress) => {
    const ours = await startedHere(settings)
    if (ours === 'container') {
      await stopContainer(settings.state)
      if (choice.purge) await forget(settings.state)
      return true
    }
    if (!ours && (await askHealth(portOf(settings))))
      progress(`the LocalStack on port ${portOf(settings)} was not started here: it is left running`)
    return await host.down(settings, choice, progress)
  },
}

const choose = async (settings: Settings) => {
  const [ours, health, engine] = [await startedHere(settings), await askHealth(portOf(settings)), await engineAnswers()]
  const token = Boolean(process.env.LOCALSTACK_AUTH_TOKEN)
  return chooseWay({ ours, answers: health !== undefined, engine, token, wanted: settings.localstack })
}

const said: Record<Way, string> = {
  running: 'already running',
  container: 'official container',
  host: 'open release on this machine',
}

const begin: Record<Way, (settings: Settings, progress: Progress) => Promise<Cloud>> = {
  running: async (settings, progress) => {
    const health = (await askHealth(portOf(settings)))!
    const missing = missingServices(health)
    if (missing.length > 0) {
      throw new Failure(`${describeHealth(health)} on port ${portOf(settings)} lacks ${missing.join(', ')}`, {
        remedy: 'start it without SERVICES, or with these added',
      })
    }
    progress(`${describeHealth(health)}, ${health.services.length} services`)
    return toCloud(settings, health)
  },
  container: async (settings, progress) => {
    const { state, region } = settings
    if (!(await containerRuns(state))) await startContainer({ state, port: portOf(settings), region }, progress)
    return await begin.running(settings, progress)
  },
  host: (settings, progress) => host.up(settings, progress),
}

const startedHere = async ({ state }: Settings): Promise<'container' | 'host' | undefined> => {
  if (await readRecord(state)) return 'host'
  return (await containerRuns(state)) ? 'container' : undefined
}

/** Functions run in containers of their own, from where `localhost` is another place: they use the public name. */
const toCloud = (settings: Settings, health: Health): Cloud => {
  const port = portOf(settings)
  return {
    backend: 'localstack',
    kind: kindOf(health),
    capabilities: capabilitiesOf(kindOf(health)),
    description: describeHealth(health),
    port,
    healthy: true,
    clientConfig: localClientConfig({ port, region: settings.region }),
    functionEndpoint: `http://localhost.localstack.cloud:${port}`,
  }
}
