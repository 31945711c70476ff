import { join } from 'node:path'

/**
 * Where everything of one local cloud lies in its state folder.
 *
 * @example
 * layout('/home/me/neverstop/.neverstop').log // '/home/me/neverstop/.neverstop/log'
 */
export const layout = (state: string) => ({
  /** The process that serves the cloud: pid, port, start time. */
  cloud: join(state, 'cloud.json'),
  /** What the emulator persists. */
  data: join(state, 'data'),
  /** A copy of `data` from when the emulator last started from a consistent state. */
  savedData: join(state, 'data.saved'),
  log: join(state, 'log'),
  /** Scratch space of the emulator and its function processes, emptied at every start. */
  tmp: join(state, 'tmp'),
  /** The assembly as the CDK synthesized it. */
  assembly: join(state, 'cdk.out'),
  /** The copy of it that was adapted to the backend. */
  adapted: join(state, 'cdk.local'),
  /** What was synthesized, deployed, left out and repaired, and from which inputs. */
  deployment: join(state, 'deployment.json'),
  keys: join(state, 'keys'),
  /** What the watch knows of the alarms, their history, and the mail that they sent. */
  watch: join(state, 'watch'),
  /** Held by the process that starts, stops or deploys; and by the one that synthesizes. */
  cloudLock: join(state, 'cloud.lock'),
  assemblyLock: join(state, 'assembly.lock'),
})
