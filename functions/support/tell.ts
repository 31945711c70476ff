import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Tell } from './ports.ts'

/** Topics by what is told: a page goes to who comes at once, context to who reads along. */
export type Topics = { readonly page: string; readonly context: string }

/** Tells people by SNS. The alarm's name travels as an attribute, by which subscribers filter. */
export const snsTell =
  (sns: Pick<SNSClient, 'send'>, topics: Topics): Tell =>
  async (kind, subject, text, { alarm }) => {
    await sns.send(
      new PublishCommand({
        TopicArn: topics[kind],
        Subject: subject.slice(0, 99),
        Message: text,
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: kind },
          alarm: { DataType: 'String', StringValue: alarm },
        },
      }),
    )
  }
