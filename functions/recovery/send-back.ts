import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { TransientError } from '../../reactive/errors.ts'
import type { Measure } from '../../reactive/metering.ts'
import { markBytes, redriveAttribute } from '../../reactive/redrive.ts'
import { chunk } from '../../reactive/send.ts'
import type { Returning } from './redrive.ts'

/**
 * Hands messages to a queue, ten a call, each byte for byte with its mark beside it.
 *
 * @throws TransientError naming the records whose messages the queue refused; sending all again is harmless.
 */
export const sendBack =
  (sqs: Pick<SQSClient, 'send'>, urls: Readonly<Record<string, string>>, measure: Measure) =>
  async (queue: string, messages: readonly Returning[]): Promise<void> => {
    const refused: string[] = []
    for (const entries of chunk(messages, ({ text }) => Buffer.byteLength(text) + markBytes)) {
      const { Failed = [] } = await sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: urls[queue],
          Entries: entries.map(({ text, mark }, index) => ({
            Id: String(index),
            MessageBody: text,
            MessageAttributes: { [redriveAttribute]: { DataType: 'String', StringValue: JSON.stringify(mark) } },
          })),
        }),
      )
      refused.push(...Failed.map(({ Id }) => entries[Number(Id)]!.mark.record))
    }
    measure('FailuresRedriven', messages.length - refused.length)
    if (refused.length > 0) throw new TransientError(`${queue} refused the messages of ${refused.join(', ')}.`)
  }
