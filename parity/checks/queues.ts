import { setTimeout as sleep } from 'node:timers/promises'
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { type Check, must, present, refusalOf } from '../check.ts'
import { collect, guarded, queue, receive, remove, send } from '../tools.ts'

/** Queues by themselves, as consumers and the recovery desk meet them. */
export const queueChecks: readonly Check[] = [
  {
    id: 'queue.redrive-count',
    behaviour: 'A message goes to its dead-letter queue after exactly maxReceiveCount receives.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 3 })
      await send(lab, live, ['poison'])
      for (const nth of [1, 2, 3]) {
        const [message] = await receive(lab, live, { wait: 5, hide: 1 })
        must(
          message?.Attributes?.ApproximateReceiveCount === String(nth),
          `receive ${nth} does not happen as number ${nth}`,
        )
        await sleep(1_200)
      }
      must((await receive(lab, live, { wait: 1 })).length === 0, 'it is received more often')
      must((await collect(lab, dead, 1, 5_000)).length === 1, 'it does not reach the dead-letter queue')
    },
  },
  {
    id: 'queue.redrive-keeps-time',
    behaviour: 'A message in the dead-letter queue keeps the time of its first enqueueing.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 1 })
      await send(lab, live, ['poison'])
      const [first] = await receive(lab, live, { wait: 5, hide: 2 })
      await sleep(2_500)
      await receive(lab, live, { wait: 1 })
      const [parked] = await collect(lab, dead, 1, 5_000)
      must(parked?.Attributes?.SentTimestamp === first?.Attributes?.SentTimestamp, 'its time is that of the redrive')
    },
  },
  {
    id: 'queue.visibility',
    behaviour: 'A received message is invisible until its time-out is over, then it is given again.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const its = await queue(lab)
      await send(lab, its, ['once'])
      await receive(lab, its, { wait: 5, hide: 3 })
      must((await receive(lab, its)).length === 0, 'it is given again at once')
      must((await receive(lab, its, { wait: 6 })).length === 1, 'it is never given again')
    },
  },
  {
    id: 'queue.visibility-shortened',
    behaviour: 'A consumer that shortens the time-out of a message gets it back earlier.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await queue(lab, 'queue', { VisibilityTimeout: '60' })
      await send(lab, its, ['again'])
      const [message] = await receive(lab, its, { wait: 5 })
      const { ReceiptHandle } = present(message, 'it is not received')
      await lab.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: its.url, ReceiptHandle, VisibilityTimeout: 1 }))
      must((await receive(lab, its, { wait: 5 })).length === 1, 'it does not come back within 5 s')
    },
  },
  {
    id: 'queue.delay',
    behaviour: 'A message sent with a delay is not given before.',
    guarantee: 'end-of-every-saga',
    run: async (lab) => {
      const its = await queue(lab)
      await lab.sqs.send(new SendMessageCommand({ QueueUrl: its.url, MessageBody: 'later', DelaySeconds: 3 }))
      must((await receive(lab, its, { wait: 1 })).length === 0, 'it is given at once')
      must((await receive(lab, its, { wait: 6 })).length === 1, 'it is never given')
    },
  },
  {
    id: 'queue.long-poll',
    behaviour: 'A receive that waits is answered as soon as a message comes.',
    guarantee: 'end-of-every-saga',
    run: async (lab) => {
      const its = await queue(lab)
      const began = Date.now()
      const waiting = receive(lab, its, { wait: 15 })
      await sleep(500)
      await send(lab, its, ['now'])
      must((await waiting).length === 1 && Date.now() - began < 10_000, 'it waits on')
    },
  },
  {
    id: 'queue.depth',
    behaviour: 'The attributes of a queue tell how many messages wait and how many are in flight.',
    guarantee: 'alarms-tell',
    run: async (lab) => {
      const its = await queue(lab, 'queue', { VisibilityTimeout: '60' })
      await send(lab, its, ['one', 'two', 'three'])
      await receive(lab, its, { wait: 5, most: 1 })
      const { Attributes = {} } = await lab.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: its.url, AttributeNames: ['All'] }),
      )
      const counted = [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible]
      must(counted.join() === '2,1', `of 2 waiting and 1 in flight it tells ${counted.join(' and ')}`)
    },
  },
  {
    id: 'queue.size-limit',
    behaviour: 'A message larger than the queue allows is refused.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const its = await queue(lab, 'queue', { MaximumMessageSize: '262144' })
      const large = lab.sqs.send(new SendMessageCommand({ QueueUrl: its.url, MessageBody: 'x'.repeat(262_145) }))
      must((await refusalOf(large)) !== undefined, 'it is taken')
    },
  },
  {
    id: 'queue.batch-entry-fails',
    behaviour: 'Of a batch, the entries that cannot be sent are named and the others are sent.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await queue(lab, 'queue', { MaximumMessageSize: '1024' })
      const { Successful = [], Failed = [] } = await lab.sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: its.url,
          Entries: [
            { Id: 'good', MessageBody: 'short' },
            { Id: 'bad', MessageBody: 'x', DelaySeconds: 901 },
          ],
        }),
      )
      const told = `${Successful.map(({ Id }) => Id)} sent, ${Failed.map(({ Id }) => Id)} failed`
      must(told === 'good sent, bad failed', told)
    },
  },
  {
    id: 'queue.receipt-outlived',
    behaviour: 'Deleting with the handle of an earlier receive leaves a message alone or deletes it, and never fails.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await queue(lab)
      await send(lab, its, ['slow'])
      const [first] = await receive(lab, its, { wait: 5, hide: 1 })
      const [second] = await receive(lab, its, { wait: 5, hide: 30 })
      must(second !== undefined, 'it is not given again')
      must((await refusalOf(remove(lab, its, present(first, 'it is not received')))) === undefined, 'it fails')
    },
  },
  {
    id: 'queue.message-group',
    behaviour:
      'A queue without order takes a message group, tells the consumer of it, and holds back none of its group.',
    guarantee: 'bulkheads',
    run: async (lab) => {
      const its = await queue(lab)
      const entries = ['one', 'two'].map((word) => ({ Id: word, MessageBody: word, MessageGroupId: 'tenant-1' }))
      const sending = lab.sqs.send(new SendMessageBatchCommand({ QueueUrl: its.url, Entries: entries }))
      const refused = await refusalOf(sending)
      must(refused === undefined, `it is refused (${refused})`)
      must(((await sending).Failed ?? []).length === 0, 'the entries are refused')
      const first = await receive(lab, its, { wait: 5, most: 1, hide: 30 })
      const second = await receive(lab, its, { wait: 5, most: 1, hide: 30 })
      must(first.length === 1 && second.length === 1, 'the second waits for the first')
      const told = [...first, ...second].map(({ Attributes }) => Attributes?.MessageGroupId)
      must(
        told.every((group) => group === 'tenant-1'),
        'the consumer is not told of the group',
      )
    },
  },
  {
    id: 'queue.move-task',
    behaviour: 'A dead-letter queue can be moved back as a whole.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const { live, dead } = await guarded(lab, { receives: 1 })
      await send(lab, live, ['one', 'two'])
      await receive(lab, live, { wait: 2, hide: 1 })
      await sleep(1_500)
      await receive(lab, live, { wait: 1, hide: 1 })
      const refused = await refusalOf(lab.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead.arn })))
      must(refused === undefined, `the call is refused (${refused})`)
      must((await collect(lab, live, 2, 20_000)).length === 2, 'they do not come back')
    },
  },
  {
    id: 'fifo.order',
    behaviour: 'Messages of a group come in the order in which they were sent.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const its = await queue(lab, 'fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
      const bodies = Array.from({ length: 20 }, (_, index) => `m${index}`)
      await send(lab, its, bodies, () => ({ MessageGroupId: 'g' }))
      const came = (await collect(lab, its, 20)).map(({ Body }) => Body)
      must(came.join() === bodies.join(), 'they come in another order, or not all')
    },
  },
  {
    id: 'fifo.deduplication',
    behaviour: 'A message sent twice under one deduplication id is given once.',
    guarantee: 'one-effect',
    run: async (lab) => {
      const its = await queue(lab, 'fifo', { FifoQueue: 'true' })
      const twice = () => ({ MessageGroupId: 'g', MessageDeduplicationId: 'same' })
      await send(lab, its, ['one'], twice)
      await send(lab, its, ['one'], twice)
      must((await collect(lab, its, 2, 3_000)).length === 1, 'it is given twice')
    },
  },
  {
    id: 'fifo.group-lock',
    behaviour: 'While a message of a group is in flight, the next of that group is held back, and other groups go on.',
    guarantee: 'bulkheads',
    run: async (lab) => {
      const its = await queue(lab, 'fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
      await send(lab, its, ['a1', 'a2'], () => ({ MessageGroupId: 'a' }))
      await receive(lab, its, { wait: 5, most: 1, hide: 30 })
      await send(lab, its, ['b1'], () => ({ MessageGroupId: 'b' }))
      const next = (await receive(lab, its, { wait: 2 })).map(({ Body }) => Body)
      must(next.join() === 'b1', `given is ${next.join(' and ') || 'nothing'}`)
    },
  },
]
