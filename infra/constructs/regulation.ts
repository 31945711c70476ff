import type { IConstruct } from 'constructs'
import type { Path } from '../../reactive/pressure.ts'
import { minutes } from '../../reactive/time.ts'
import { measured } from './measured.ts'
import { ReliableQueue } from './reliable-queue.ts'
import { ServiceAlarm } from './service-alarm.ts'
import type { ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import type { Table } from './table.ts'
import { allOf } from './tree.ts'

type Terms = {
  /** The API at whose door new work is let in or refused. */
  readonly api: ServiceFunction
  /** How often a unit of work passes each queue, by the queue's name without the stage. */
  readonly path: Path
  /** Where consumers say how long messages wait, and the API's instances share what follows from it. */
  readonly controls: Table
}

/**
 * Regulates an API by the pressure in the queues behind it: their consumers report it, the API reads it. With the alarms
 * of a regulator: it refuses for long, it knows nothing, somebody has switched it off.
 *
 * @throws Error at synth when a queue on the path does not exist or nobody consumes it: its pressure would never be heard.
 */
export const regulation = (root: IConstruct, { api, path, controls }: Terms) => {
  const queues = allOf(root, ReliableQueue)
  for (const thing of Object.keys(path)) {
    const consumers = queues.find((queue) => queue.thing === thing)?.consumers ?? []
    if (consumers.length === 0)
      throw new Error(`${api.handler} is regulated by the queue ${thing}, which no consumer of this app reads`)
    for (const consumer of consumers)
      consumer.use({
        environment: { PRESSURE_TABLE: controls.table.tableName },
        statements: controls.use('write').statements ?? [],
      })
  }
  api.use(controls.use('read', 'write'))
  api.use({ environment: { ADMISSION_PATH: JSON.stringify(path) } })
  alarms(api)
}

const alarms = (api: ServiceFunction) => {
  const stack = stackOf(api)
  const by = { service: stack.owner }
  const period = minutes(1)
  new ServiceAlarm(
    api,
    {
      kind: 'work-shed',
      of: api.handler,
      severity: 'major',
      meaning: `${api.handler} refuses new work because what it let in would not be done in time`,
    },
    {
      metric: measured(stack, 'WorkShed', by, { statistic: 'Sum', period }),
      threshold: 0,
      datapoints: [3, 5],
    },
  )
  new ServiceAlarm(
    api,
    {
      kind: 'admission-blind',
      of: api.handler,
      severity: 'major',
      meaning: `${api.handler} lets everything in because it does not know how much waits`,
    },
    {
      metric: measured(stack, 'AdmissionBlind', by, { statistic: 'Maximum', period }),
      threshold: 0,
      datapoints: [3, 5],
    },
  )
  new ServiceAlarm(
    api,
    {
      kind: 'admission-off',
      of: api.handler,
      severity: 'warning',
      meaning: `an operator has switched the admission of ${api.handler} off`,
    },
    {
      metric: measured(stack, 'AdmissionOff', by, { statistic: 'Maximum', period }),
      threshold: 0,
      datapoints: [1, 1],
    },
  )
}
