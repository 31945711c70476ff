import type { Sample } from './store.ts'

/** A message in a queue: when it was sent (epoch milliseconds), whether a consumer could receive it now, how often any did. */
export type QueuedMessage = { readonly sentAt: number; readonly visible: boolean; readonly receives: number }

/** A message that was received more often is taken for poison: its age is left out for as long as it is there. */
const mostReceives = 3

/**
 * What AWS/SQS would say of a queue at a moment: how many messages wait, how many are being handled, how many are
 * delayed, and the age of the oldest that is not taken for poison. An empty queue has no age on AWS for long; 0 is what it
 * says first.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export const queueSamples = (queueName: string, messages: readonly QueuedMessage[], at: number): Sample[] => {
  const oldest = Math.min(
    at,
    ...messages
      .filter(({ visible, receives }) => (visible || receives > 0) && receives <= mostReceives)
      .map(({ sentAt }) => sentAt),
  )
  const values = {
    ApproximateNumberOfMessagesVisible: messages.filter(({ visible }) => visible).length,
    ApproximateNumberOfMessagesNotVisible: messages.filter(({ visible, receives }) => !visible && receives > 0).length,
    ApproximateNumberOfMessagesDelayed: messages.filter(({ visible, receives }) => !visible && receives === 0).length,
    ApproximateAgeOfOldestMessage: Math.max(0, Math.floor((at - oldest) / 1_000)),
  }
  return Object.entries(values).map(([name, value]) => ({
    metric: { namespace: 'AWS/SQS', name, dimensions: { QueueName: queueName } },
    at,
    value,
  }))
}
