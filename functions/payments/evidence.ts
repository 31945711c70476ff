import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import {
  AuthorisePayment,
  CapturePayment,
  CaptureRefused,
  PaymentAuthorised,
  PaymentCaptured,
  PaymentRefunded,
  PaymentRefused,
  PaymentVoided,
  RefundPayment,
  RefundRefused,
  VoidPayment,
} from '../../events/payments.ts'
import { commandEvidence } from '../../reactive/command-evidence.ts'

/** What the book of payments proves about commands. */
export const paymentsEvidence = (db: DynamoDBDocumentClient, table: string) => ({
  handled: commandEvidence(db, table, {
    [AuthorisePayment.type]: { done: PaymentAuthorised.type, refused: PaymentRefused.type },
    [CapturePayment.type]: { done: PaymentCaptured.type, refused: CaptureRefused.type },
    [RefundPayment.type]: { done: PaymentRefunded.type, refused: RefundRefused.type },
    [VoidPayment.type]: { undone: PaymentVoided.type },
  }),
})
