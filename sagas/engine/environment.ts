import * as z from 'zod'
import { environment, json, queues } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'
import { inboxOf } from './outstanding.ts'

/** What the coordinator needs to know about the stage that it runs in. */
export const coordinatorEnvironment = () => {
  const read = environment({
    SAGAS_TABLE: z.string().min(1),
    COMMAND_QUEUES: json(queues),
    WAKEUPS_QUEUE: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
  })
  return {
    table: read.SAGAS_TABLE,
    queues: read.COMMAND_QUEUES,
    wakeups: read.WAKEUPS_QUEUE,
    timing: timings[read.TIMING],
  }
}

export const sweeperEnvironment = () => {
  const read = environment({
    SAGAS_TABLE: z.string().min(1),
    SAGA_INBOXES: json(queues),
    WAKEUPS_QUEUE: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
  })
  return {
    table: read.SAGAS_TABLE,
    inboxes: Object.fromEntries(Object.entries(read.SAGA_INBOXES).map(([saga, url]) => [inboxOf(saga), url])),
    wakeups: read.WAKEUPS_QUEUE,
    timing: timings[read.TIMING],
  }
}

export const evidenceEnvironment = () => {
  const read = environment({
    SAGAS_TABLE: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
  })
  return { table: read.SAGAS_TABLE, timing: timings[read.TIMING] }
}
