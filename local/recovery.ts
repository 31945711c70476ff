import type { CloudName } from './backend-names.ts'
import type { CloudRecord } from './record.ts'

/** What was seen of a recorded cloud: does exactly its process run, and does its health page answer. */
export type Observation = { alive: boolean; answers: boolean }

/**
 * What `up` does about the cloud of a state folder. A process is ended only when it is exactly the recorded one.
 *
 * - `reuse`: it runs and answers.
 * - `start`: none runs; `because` says whether one crashed.
 * - `restart`: one of ours runs that must not stay: it does not answer, or it is an outdated version.
 * - `refuse`: one runs well, but not as it is asked for now.
 */
export type Decision =
  | { act: 'reuse'; port: number }
  | { act: 'start'; port: number; because: string }
  | { act: 'restart'; port: number; because: string }
  | { act: 'refuse'; because: string; remedy: string }

/**
 * Decides what `up` does, from what is recorded, what is seen and what is asked for.
 *
 * @example
 * decideUp({ record: undefined, seen: { alive: false, answers: false }, wanted: { backend: 'embedded', port: 4566, … } })
 * // { act: 'start', port: 4566, because: 'no cloud runs on this state folder' }
 */
export const decideUp = ({
  record,
  seen,
  wanted,
}: {
  record: CloudRecord | undefined
  seen: Observation
  wanted: {
    backend: CloudName
    port: number | undefined
    defaultPort: number
    region: string
    requirements: string
  }
}): Decision => {
  if (!record)
    return { act: 'start', port: wanted.port ?? wanted.defaultPort, because: 'no cloud runs on this state folder' }
  if (record.backend !== wanted.backend) {
    if (!seen.alive) return { act: 'start', port: wanted.port ?? wanted.defaultPort, because: otherWas(record) }
    return {
      act: 'refuse',
      because: otherIs(record),
      remedy: `end it with './neverstop down --cloud ${record.backend}', or give the new one a folder of its own with --state`,
    }
  }
  const port = wanted.port ?? record.port
  if (!seen.alive)
    return { act: 'start', port, because: `the cloud of this state folder (pid ${record.pid}) has crashed` }
  if (port !== record.port) {
    return {
      act: 'refuse',
      because: `the cloud of this state folder already runs on port ${record.port} (pid ${record.pid}), not on ${port}`,
      remedy: "use that port, end it with './neverstop down', or give the new one a folder of its own with --state",
    }
  }
  if (!seen.answers) return { act: 'restart', port, because: `the cloud (pid ${record.pid}) runs but does not answer` }
  if (record.requirements !== wanted.requirements)
    return { act: 'restart', port, because: 'the cloud runs an older version' }
  if (record.region !== wanted.region) {
    return { act: 'restart', port, because: `the cloud was started for region ${record.region}, not ${wanted.region}` }
  }
  return { act: 'reuse', port }
}

/** Why a cloud cannot be used now, or undefined when it can. */
export const explainUnhealthy = (
  record: CloudRecord | undefined,
  seen: Observation,
  { backend, port }: { backend: CloudName; port: number | undefined },
) => {
  if (!record) return 'no local cloud runs on this state folder'
  if (record.backend !== backend) return seen.alive ? otherIs(record) : otherWas(record)
  if (port !== undefined && port !== record.port)
    return `the local cloud of this state folder uses port ${record.port}, not ${port}`
  if (!seen.alive) return `the local cloud (pid ${record.pid}, port ${record.port}) has crashed`
  if (!seen.answers) return `the local cloud (pid ${record.pid}) does not answer on port ${record.port}`
  return undefined
}

const otherIs = ({ backend, pid }: CloudRecord) => `another cloud (${backend}, pid ${pid}) runs on this state folder`

const otherWas = ({ backend, pid }: CloudRecord) =>
  `the cloud of this state folder (${backend}, pid ${pid}) has crashed`
