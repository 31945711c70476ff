import type { Backend } from './adapter.ts'
import type { BackendName, CloudName } from './backend-names.ts'
import { exitCodes, Failure } from './failure.ts'

const adapters: Record<BackendName, () => Promise<Backend>> = {
  embedded: async () => (await import('./embedded/cloud.ts')).embedded,
  localstack: async () => (await import('./localstack/cloud.ts')).localstack,
  endpoint: async () => (await import('./endpoint/cloud.ts')).endpoint,
}

/**
 * Loads an adapter; the others stay unread.
 *
 * @throws Failure for an account: nobody starts, stops or adapts that.
 */
export const loadBackend = async (name: CloudName): Promise<Backend> => {
  if (name !== 'aws') return adapters[name]()
  throw new Failure('this is about a cloud on this machine, and an account is none', {
    exitCode: exitCodes.usage,
    remedy:
      "use './neverstop deploy --cloud aws' and './neverstop destroy --cloud aws'; of a stage that is there tell 'alarms', 'logs', 'trace', 'audit' and 'ledger'",
  })
}
