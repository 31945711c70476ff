import type { SQSClient } from '@aws-sdk/client-sqs'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { type Failure, failureAttribute } from './failure.ts'
import { redriveAttribute } from './redrive.ts'

/**
 * Gives a message up: the original bytes go to the dead-letter queue with the reason beside them. Returns only when the
 * queue has it, so that the caller may then let go of the original; dying in between duplicates it, which the desk folds.
 */
export const deadLetter = async (
  sqs: SQSClient,
  queueUrl: string,
  body: string,
  failure: Failure,
  /** The mark of the desk's act, when it was the desk that sent it. */
  redrive?: string,
): Promise<void> => {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageAttributes: {
        [failureAttribute]: {
          DataType: 'String',
          StringValue: JSON.stringify({ ...failure, stack: failure.stack?.slice(0, 4_000) }),
        },
        ...(redrive === undefined ? {} : { [redriveAttribute]: { DataType: 'String', StringValue: redrive } }),
      },
    }),
  )
}
