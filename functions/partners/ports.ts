import { setTimeout as sleep } from 'node:timers/promises'
import { documentClient } from '../../reactive/database.ts'
import { type TimingName, timings } from '../../reactive/timing.ts'
import { dynamoBooks } from './books.ts'
import { dynamoFaults } from './faults.ts'
import type { PartnerPorts } from './once.ts'

/** A partner's ports on real tables and real time. */
export const partnerPorts = (booksTable: string, faultsTable: string, timing: TimingName): PartnerPorts => {
  const dynamo = documentClient()
  return {
    books: dynamoBooks(dynamo, booksTable),
    faults: dynamoFaults(dynamo, faultsTable, Date.now),
    clock: Date.now,
    sleep: (span) => sleep(span),
    random: Math.random,
    callerWaits: timings[timing].partnerCall,
  }
}
