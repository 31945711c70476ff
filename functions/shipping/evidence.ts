import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import {
  BookReturn,
  BookShipment,
  CancelReturn,
  CancelShipment,
  CloseReturn,
  ReturnBooked,
  ReturnCancelled,
  ReturnClosed,
  ReturnRefused,
  ShipmentBooked,
  ShipmentCancelled,
  ShipmentRefused,
} from '../../events/shipping.ts'
import { commandEvidence } from '../../reactive/command-evidence.ts'

/** What the book of shipments proves about commands. */
export const shippingEvidence = (db: DynamoDBDocumentClient, table: string) => ({
  handled: commandEvidence(db, table, {
    [BookShipment.type]: { done: ShipmentBooked.type, refused: ShipmentRefused.type },
    [CancelShipment.type]: { undone: ShipmentCancelled.type },
    [BookReturn.type]: { done: ReturnBooked.type, refused: ReturnRefused.type },
    [CancelReturn.type]: { undone: ReturnCancelled.type },
    [CloseReturn.type]: { done: ReturnClosed.type },
  }),
})
