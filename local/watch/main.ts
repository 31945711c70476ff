import { readStacks } from '../assembly.ts'
import { loadBackend } from '../backend.ts'
import { Failure } from '../failure.ts'
import { layout } from '../layout.ts'
import { readSettings } from '../settings.ts'
import { openWatch } from './watch.ts'

/**
 * The watch as a process of its own, started by `up` and ended by `down`. Which stage it watches comes as for every
 * command, from `NEVERSTOP_*`; its only argument is how much faster than the clock its minutes pass.
 */
const settings = readSettings()
const backend = await loadBackend(settings.backend)
const cloud = await backend.find(settings)
const peek = backend.peek?.(cloud)
if (!peek) throw new Failure(`nobody can look into the queues of ${cloud.description} from outside`)
const scale = Number(process.argv[2] ?? 1)
const end = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort())

const watch = await openWatch({
  config: cloud.clientConfig,
  stage: settings.stage,
  state: settings.state,
  stacks: await readStacks(layout(settings.state).assembly),
  peek,
  capabilities: cloud.capabilities,
  scale,
  told: ({ mail }) => {
    for (const { at, severity, alarm, from, to } of mail)
      console.log(`${new Date(at).toISOString()} ${severity}: ${alarm} ${from} → ${to}`)
  },
})
try {
  await watch.run(end.signal)
} finally {
  watch.close()
}
