import { booksSuite } from '../../support/books-suite.ts'
import { memoryBooks } from '../../support/memory-books.ts'

booksSuite('in memory', memoryBooks)
