import type { Backend, Cloud, Progress } from '../adapter.ts'
import { capabilitiesOf } from '../capabilities.ts'
import { localClientConfig } from '../client.ts'
import { forget } from '../emulator.ts'
import { Failure } from '../failure.ts'
import { whyNotPython } from '../python.ts'
import { readRecord } from '../record.ts'
import { defaultPort, type Settings } from '../settings.ts'
import { awaitContainer, containerOf, engineAnswers, removeContainer, startContainer } from './container.ts'
import { askHealth, describeHealth, type Health, kindOf, missingServices, whyUnfit } from './health.ts'
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
    if (ours?.way === 'host') return await host.find(settings)
    const port = ours?.port ?? portOf(settings)
    const health = await askHealth(port)
    if (!health) return await host.find(settings)
    const because = whyUnfit(health, port)?.message
    return { ...toCloud(settings, port, health), healthy: because === undefined, because }
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
    // One that ended was kept for its log.
    if (ours?.way !== 'host') await removeContainer(settings.state)
    if (ours?.way === 'container') {
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
  return chooseWay({ ours: ours?.way, answers: health !== undefined, engine, token, wanted: settings.localstack })
}

const said: Record<Way, string> = {
  running: 'already running',
  container: 'official container',
  host: 'open release on this machine',
}

const begin: Record<Way, (settings: Settings, progress: Progress) => Promise<Cloud>> = {
  running: async (settings, progress) => {
    const port = portOf(settings)
    const health = await askHealth(port)
    if (health) return use(settings, port, health, progress)
    throw new Failure(`the LocalStack on port ${port} answers no more`, {
      remedy: 'look at its log, and start it again',
    })
  },
  container: async (settings, progress) => {
    const { state, region } = settings
    const there = await containerOf(state)
    const port = there?.running ? there.port : portOf(settings)
    if (port !== (settings.port ?? port)) {
      throw new Failure(`the container of this state folder is on port ${port}, not on ${settings.port}`, {
        remedy: `leave --port out, or end it first with './neverstop down --cloud localstack'`,
      })
    }
    if (!there?.running) await startContainer({ state, port, region }, progress)
    return use(settings, port, await awaitContainer({ state, port }), progress)
  },
  host: (settings, progress) => host.up(settings, progress),
}

/** Takes one that answers, unless a stage would miss something there. */
const use = (settings: Settings, port: number, health: Health, progress: Progress): Cloud => {
  const missing = missingServices(health)
  if (missing.length > 0) {
    throw new Failure(`${describeHealth(health)} on port ${port} lacks ${missing.join(', ')}`, {
      remedy: 'start it without SERVICES, or with these added',
    })
  }
  const unfit = whyUnfit(health, port)
  if (unfit) throw unfit
  progress(`${describeHealth(health)}, ${health.services.length} services`)
  return toCloud(settings, port, health)
}

/** What this project started on the state folder and still runs. */
const startedHere = async ({ state }: Settings): Promise<{ way: 'container' | 'host'; port?: number } | undefined> => {
  if (await readRecord(state)) return { way: 'host' }
  const container = await containerOf(state)
  return container?.running ? { way: 'container', port: container.port } : undefined
}

/** Functions run in containers of their own, from where `localhost` is another place: they use the public name. */
const toCloud = (settings: Settings, port: number, health: Health): Cloud => ({
  backend: 'localstack',
  kind: kindOf(health),
  capabilities: capabilitiesOf(kindOf(health)),
  description: describeHealth(health),
  port,
  healthy: true,
  clientConfig: localClientConfig({ port, region: settings.region }),
  functionEndpoint: `http://localhost.localstack.cloud:${port}`,
})
