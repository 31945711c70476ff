import { enableCompileCache } from 'node:module'
import { compileCache } from '../local/compile-cache.ts'

// Compiling its modules is most of what a short command does, so they are compiled once and not by each command anew.
enableCompileCache(compileCache)
await import('./program.ts')
