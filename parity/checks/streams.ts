import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { type Check, must, present } from '../check.ts'
import type { Lab } from '../lab.ts'
import { collect, feed, type Probe, parsed, probe, queue, shown, shownTo, table } from '../tools.ts'

const put = ({ tables }: Lab, TableName: string, Item: Record<string, unknown>) =>
  tables.send(new PutCommand({ TableName, Item }))

const ids = async (lab: Lab, of: Probe) => (await shownTo(lab, of)).map((batch) => batch.map(({ id }) => id).join())

/** Functions that are fed from a table's stream. */
export const streamChecks: readonly Check[] = [
  {
    id: 'stream.order',
    behaviour: 'Changes of an item arrive in their order, once each, told as INSERT, MODIFY and REMOVE.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      await feed(lab, relay, its.stream, { StartingPosition: 'TRIM_HORIZON' })
      await put(lab, its.name, { id: 'a', n: 1 })
      await put(lab, its.name, { id: 'a', n: 2 })
      await lab.tables.send(new DeleteCommand({ TableName: its.name, Key: { id: 'a' } }))
      const told = (await shown(lab, relay, 3)).map(({ eventName }) => eventName).join()
      must(told === 'INSERT,MODIFY,REMOVE', `told are ${told}`)
    },
  },
  {
    id: 'stream.images',
    behaviour: 'A new item has no old image, a deleted one no new image.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      await feed(lab, relay, its.stream, { StartingPosition: 'TRIM_HORIZON' })
      await put(lab, its.name, { id: 'a' })
      await lab.tables.send(new DeleteCommand({ TableName: its.name, Key: { id: 'a' } }))
      const images = (await shown(lab, relay, 2)).map((change) => (change.images as string[]).join('+')).join()
      must(images === 'NewImage,OldImage', `the images are ${images}`)
    },
  },
  {
    id: 'stream.unchanged',
    behaviour: 'A write that changes nothing is no change.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      await feed(lab, relay, its.stream, { StartingPosition: 'TRIM_HORIZON' })
      await put(lab, its.name, { id: 'a' })
      await put(lab, its.name, { id: 'a' })
      await put(lab, its.name, { id: 'b' })
      await shown(lab, relay, 2)
      await sleep(3_000)
      const all = (await shownTo(lab, relay)).flat().length
      must(all === 2, 'it is told as a change')
    },
  },
  {
    id: 'stream.two-readers',
    behaviour: 'Two functions on one stream each see every change.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const [one, two] = [await probe(lab, { word: 'one' }), await probe(lab, { word: 'two' })]
      for (const reader of [one, two]) await feed(lab, reader, its.stream, { StartingPosition: 'TRIM_HORIZON' })
      for (const id of ['a', 'b', 'c']) await put(lab, its.name, { id })
      await Promise.all([shown(lab, one, 3), shown(lab, two, 3)])
    },
  },
  {
    id: 'stream.retry-limit',
    behaviour: 'A batch that fails is given up after MaximumRetryAttempts, and what comes after it is delivered.',
    guarantee: 'end-of-every-saga',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      await feed(lab, relay, its.stream, { StartingPosition: 'TRIM_HORIZON', BatchSize: 1, MaximumRetryAttempts: 1 })
      await put(lab, its.name, { id: 'bad', do: 'throw' })
      await put(lab, its.name, { id: 'good' })
      const all = await shown(lab, relay, 3, 40_000)
      must(
        all.some(({ id }) => id === 'good'),
        'the failing batch is repeated and holds back what follows',
      )
      const bad = (await shownTo(lab, relay)).flat().filter(({ id }) => id === 'bad').length
      must(bad === 2, `with one retry it is delivered ${bad} times`)
    },
  },
  {
    id: 'stream.on-failure',
    behaviour: 'A batch that was given up goes to the failure destination, as a pointer into the stream.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      const dead = await queue(lab, 'dead')
      await feed(lab, relay, its.stream, {
        StartingPosition: 'TRIM_HORIZON',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: dead.arn } },
      })
      await put(lab, its.name, { id: 'bad', do: 'throw' })
      const record = parsed(present((await collect(lab, dead, 1, 40_000))[0], 'nothing arrives within 40 s'))
      const pointer = record.DDBStreamBatchInfo as { startSequenceNumber?: string } | undefined
      must(pointer?.startSequenceNumber !== undefined, 'the record holds no pointer')
    },
  },
  {
    id: 'stream.bisect',
    behaviour: 'A failing batch is split, so that good changes in it get through.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      for (const id of ['a', 'b', 'c']) await put(lab, its.name, { id })
      await put(lab, its.name, { id: 'bad', do: 'throw' })
      await feed(lab, relay, its.stream, {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10,
        MaximumRetryAttempts: 3,
        BisectBatchOnFunctionError: true,
      })
      await shown(lab, relay, 6, 40_000)
      const batches = await ids(lab, relay)
      must(
        batches.some((batch) => batch !== 'a,b,c,bad'),
        'the same batch is repeated',
      )
    },
  },
  {
    id: 'stream.partial-batch',
    behaviour: 'From a reported change on, a batch is delivered again; what came before is not.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      await put(lab, its.name, { id: 'a' })
      await put(lab, its.name, { id: 'bad', do: 'report' })
      await put(lab, its.name, { id: 'c' })
      await feed(lab, relay, its.stream, {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10,
        MaximumRetryAttempts: 2,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      })
      await shown(lab, relay, 5, 30_000)
      const [, second] = await ids(lab, relay)
      must(second?.startsWith('bad') === true, 'the reported change is not delivered again')
    },
  },
  {
    id: 'stream.filter',
    behaviour: 'Changes that the filter of an event source refuses are not delivered.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const its = await table(lab, { stream: true })
      const relay = await probe(lab)
      await feed(lab, relay, its.stream, {
        StartingPosition: 'TRIM_HORIZON',
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ eventName: ['REMOVE'] }) }] },
      })
      await put(lab, its.name, { id: 'a' })
      await lab.tables.send(new DeleteCommand({ TableName: its.name, Key: { id: 'a' } }))
      await shown(lab, relay, 1)
      const told = (await shownTo(lab, relay)).flat().map(({ eventName }) => eventName)
      must(told.join() === 'REMOVE', `told are ${told.join()}`)
    },
  },
]
