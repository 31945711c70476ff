import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type ClientConfig, localAccount } from '../client.ts'
import type { AlarmState } from './evaluate.ts'

/** What a topic told its subscribers: what a person in an account would find in the mail. */
export type Notification = {
  /** Epoch milliseconds, real time. */
  readonly at: number
  /** `critical`, from the topic's name. */
  readonly severity: string
  readonly alarm: string
  readonly from: AlarmState
  readonly to: AlarmState
  readonly reason: string
  readonly description: string
}

/** A mailbox that is subscribed to the alarm topics of a stage, as somebody's address would be in an account. */
export type Mailbox = { collect: () => Promise<Notification[]>; close: () => void }

export const mailboxOf = (stage: string): string => `neverstop-${stage}-mailbox`

/**
 * Subscribes a queue to topics, and empties it into notifications.
 *
 * @param topics their names.
 */
export const openMailbox = async (config: ClientConfig, stage: string, topics: readonly string[]): Promise<Mailbox> => {
  const sqs = new SQSClient(config)
  const sns = new SNSClient(config)
  const name = mailboxOf(stage)
  const { region } = config
  const queueArn = `arn:aws:sqs:${region}:${localAccount}:${name}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: queueArn },
    ],
  })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }))
  for (const topic of topics) {
    const TopicArn = `arn:aws:sns:${region}:${localAccount}:${topic}`
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: queueArn,
        Attributes: { RawMessageDelivery: 'false' },
      }),
    )
  }
  return {
    collect: async () => {
      const found: Notification[] = []
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 30 }),
        )
        if (Messages.length === 0) return found
        for (const { Body = '' } of Messages) {
          const notification = notificationIn(Body, Date.now())
          if (notification) found.push(notification)
        }
        await sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl,
            Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle: ReceiptHandle! })),
          }),
        )
      }
    },
    close: () => {
      sqs.destroy()
      sns.destroy()
    },
  }
}

/** What an alarm said through a topic; undefined for a message of anybody else. */
export const notificationIn = (body: string, at: number): Notification | undefined => {
  try {
    const { TopicArn, Message } = JSON.parse(body) as { TopicArn: string; Message: string }
    const told = JSON.parse(Message) as Record<string, string>
    if (!told.AlarmName || !told.NewStateValue) return undefined
    return {
      at,
      severity: TopicArn.split('-').at(-1)!,
      alarm: told.AlarmName,
      from: told.OldStateValue as AlarmState,
      to: told.NewStateValue as AlarmState,
      reason: told.NewStateReason ?? '',
      description: told.AlarmDescription ?? '',
    }
  } catch {
    return undefined
  }
}
