import { setTimeout as sleep } from 'node:timers/promises'
import { GetEventSourceMappingCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { until } from '../../cli/wait.ts'
import { type Check, must, present } from '../check.ts'
import { collect, feed, guarded, parsed, probe, queue, send, shown, shownTo, witnesses } from '../tools.ts'

/** Functions that are fed from queues. */
export const consumerChecks: readonly Check[] = [
  {
    id: 'consumer.acknowledges',
    behaviour: 'A message whose function ends well is gone from the queue.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 2, visibility: 3 })
      const its = await probe(lab)
      await feed(lab, its, live.arn, { FunctionResponseTypes: ['ReportBatchItemFailures'] })
      await send(lab, live, [{ id: 'good' }])
      await shown(lab, its, 1)
      await sleep(7_000)
      must((await shownTo(lab, its)).flat().length === 1, 'it is delivered again')
      must((await collect(lab, dead, 1, 1_500)).length === 0, 'it reaches the dead-letter queue')
    },
  },
  {
    id: 'consumer.partial-batch',
    behaviour: 'Of a batch, only the messages that are reported come back.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 2, visibility: 3 })
      const its = await probe(lab)
      await send(lab, live, [{ id: 'good' }, { id: 'bad', do: 'report' }, { id: 'fine' }])
      await feed(lab, its, live.arn, { BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] })
      const [parked, ...others] = await collect(lab, dead, 1, 40_000)
      must(
        parked !== undefined && parsed(parked).id === 'bad',
        'the reported message does not end in the dead-letter queue',
      )
      must(others.length === 0, 'others are parked with it')
      const times = (await shownTo(lab, its)).flat().filter(({ id }) => id !== 'bad')
      must(times.length === 2, 'those that were not reported are delivered again')
    },
  },
  {
    id: 'consumer.throw-redrives',
    behaviour: 'A batch whose function throws comes back as a whole, until its messages are parked.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 2, visibility: 3 })
      const its = await probe(lab)
      await feed(lab, its, live.arn, { BatchSize: 10 })
      await send(lab, live, [{ id: 'bad', do: 'throw' }])
      must((await collect(lab, dead, 1, 40_000)).length === 1, 'it does not reach the dead-letter queue')
      const times = (await shownTo(lab, its)).flat().length
      must(times === 2, `with maxReceiveCount 2 it is delivered ${times} times`)
    },
  },
  {
    id: 'consumer.crash-redrives',
    behaviour: 'A message whose function crashes comes back, and others are handled.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 2, visibility: 3 })
      const its = await probe(lab)
      await feed(lab, its, live.arn, { BatchSize: 1 })
      await send(lab, live, [{ id: 'bad', do: 'exit' }, { id: 'good' }])
      const [parked] = await collect(lab, dead, 1, 40_000)
      must(parked !== undefined && parsed(parked).id === 'bad', 'it does not reach the dead-letter queue')
      const good = (await shownTo(lab, its)).flat().some(({ id }) => id === 'good')
      must(good, 'the other message is never handled')
    },
  },
  {
    id: 'consumer.maximum-concurrency',
    behaviour: 'MaximumConcurrency of an event source bounds how many of its batches are worked on at once.',
    guarantee: 'bulkheads',
    run: async (lab) => {
      const live = await queue(lab, 'live', { VisibilityTimeout: '60' })
      const its = await probe(lab, { timeout: 10 })
      await feed(lab, its, live.arn, { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } })
      await send(
        lab,
        live,
        Array.from({ length: 8 }, (_, index) => ({ id: `m${index}`, ms: 800 })),
      )
      await shown(lab, its, 8, 60_000)
      await sleep(2_000)
      const most = overlap(await witnesses(lab, its))
      must(most <= 2, `${most} are worked on at once`)
      must(most === 2, 'they are worked on one after the other')
    },
  },
  {
    id: 'consumer.valve',
    behaviour: 'A disabled event source delivers nothing and loses nothing; enabled again it goes on.',
    guarantee: 'bulkheads',
    run: async (lab) => {
      const live = await queue(lab, 'live', { VisibilityTimeout: '30' })
      const its = await probe(lab)
      const UUID = await feed(lab, its, live.arn)
      const turn = async (Enabled: boolean) => {
        await lab.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }))
        const wanted = Enabled ? 'Enabled' : 'Disabled'
        const turned = await until(
          async () =>
            (await lab.lambda.send(new GetEventSourceMappingCommand({ UUID }))).State === wanted ? true : undefined,
          { within: 60_000 },
        )
        present(turned, `it is not ${wanted} within a minute`)
      }
      await turn(false)
      await sleep(1_500)
      await send(lab, live, [{ id: 'waits' }])
      await sleep(4_000)
      must((await shownTo(lab, its)).length === 0, 'it delivers while it is disabled')
      await turn(true)
      await shown(lab, its, 1, 60_000)
    },
  },
  {
    id: 'consumer.filter',
    behaviour: 'Messages that the filter of an event source refuses are taken off the queue without an invocation.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 1, visibility: 3 })
      const its = await probe(lab)
      await feed(lab, its, live.arn, {
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ['wanted'] } }) }] },
      })
      await send(lab, live, [
        { id: 'no', kind: 'other' },
        { id: 'yes', kind: 'wanted' },
      ])
      await shown(lab, its, 1)
      await sleep(4_000)
      const ids = (await shownTo(lab, its)).flat().map(({ id }) => id)
      must(ids.join() === 'yes', `shown are ${ids.join(' and ')}`)
      must((await collect(lab, dead, 1, 1_500)).length === 0, 'what is refused reaches the dead-letter queue')
    },
  },
]

/** How many invocations were under way at the same time, at most. */
const overlap = (seen: readonly { request: string; began?: number; ended?: number }[]): number => {
  const turns = seen.flatMap(({ began, ended }) => [
    ...(began === undefined ? [] : [{ at: began, by: 1 }]),
    ...(ended === undefined ? [] : [{ at: ended, by: -1 }]),
  ])
  let [now, most] = [0, 0]
  for (const { by } of turns.sort((a, b) => a.at - b.at || a.by - b.by)) {
    now += by
    most = Math.max(most, now)
  }
  return most
}
