import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Message } from '../../events/envelope.ts'
import type { Notice } from './compose.ts'

const text = (StringValue: string) => ({ DataType: 'String', StringValue })

/** Notices on an SNS topic. Subscribers filter by `type` and recognise repetitions by `eventId`. */
export const topicPublisher =
  (sns: SNSClient, topicArn: string) =>
  async ({ subject, body }: Notice, { id, type, correlationid }: Message): Promise<void> => {
    await sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        Message: body,
        MessageAttributes: { type: text(type), eventId: text(id), correlationId: text(correlationid) },
      }),
    )
  }
