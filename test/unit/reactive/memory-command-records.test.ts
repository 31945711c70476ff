import { commandRecordsSuite } from '../../support/command-records-suite.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'

commandRecordsSuite('in memory', () => memoryCommandRecords())
