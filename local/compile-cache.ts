import { fileURLToPath } from 'node:url'

/**
 * Where Node keeps what modules came out as, stripped and compiled, for the next process that loads them. It goes by what
 * they say, so it is never stale, and may be deleted at any time.
 */
export const compileCache = fileURLToPath(new URL('../.neverstop/compile-cache', import.meta.url))
